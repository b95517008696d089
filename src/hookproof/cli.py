"""The `hookproof` command: what is not a pytest run."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click

from hookproof import report as reports
from hookproof import selfcheck as selfchecks
from hookproof import specs
from hookproof.model import Secret
from hookproof.reference.serving import served
from hookproof.reference.site import Site
from hookproof.verdict import Exit


def _stop(text: str, code: int = Exit.USAGE) -> NoReturn:
    click.echo(f"hookproof: {text}", err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hookproof", prog_name="hookproof")
def main() -> None:
    """Proves that a webhook implementation keeps its promises.

    The checks themselves are run with pytest: `pytest --pyargs hookproof.suites --target URL`.
    """


@main.command("report")
@click.argument("journal", type=click.Path(path_type=Path))
def report_(journal: Path) -> None:
    """Make the report of a run from its run.jsonl, also of a run that was killed."""
    try:
        found = reports.write(journal)
    except reports.ReportError as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.strerror}: {error.filename or journal}", Exit.REPORT_FAILED)
    state = "" if found["complete"] else ", incomplete"
    click.echo(f"{found['verdict']}{state}: {journal.with_name('report.html')}")


@main.command()
@click.option("--provider", metavar="NAME", help="only this provider's; the baseline is called `baseline`")
@click.option("--role", metavar="ROLE", help="only this role's: receiver, sender, api or operator")
@click.option("--counts", is_flag=True, help="only how many there are, as a Markdown table")
def requirements(provider: str | None, role: str | None, counts: bool) -> None:
    """List every requirement: id, level, role, and what decides it."""
    try:
        for line in requirement_counts() if counts else requirement_lines(provider, role):
            click.echo(line)
    except specs.SpecError as error:
        _stop(str(error))


def requirement_lines(provider: str | None = None, role: str | None = None) -> Iterator[str]:
    """One line for each requirement, tab-separated: provider, id, level, roles, how it is decided, text."""
    names = [provider] if provider else [*specs.providers(), "baseline"]
    for name in names:
        found = specs.baseline() if name == "baseline" else specs.load(name).requirements
        for id_, entry in found.items():
            if role is None or role in entry.roles:
                yield "\t".join([name, id_, entry.level, "+".join(entry.roles), _decided(entry), entry.text])


def requirement_counts() -> Iterator[str]:
    """How many requirements each provider has and what becomes of them; the lines of a Markdown table."""
    yield "| provider | requirements | judged by checks | planned | excluded with a reason | events |"
    yield "|---|---|---|---|---|---|"
    totals = [0] * 5
    for name in [*specs.providers(), "baseline"]:
        provider = specs.load(name) if name != "baseline" else None
        rows = provider.requirements if provider else specs.baseline()
        judged = sum(bool(row.checks) for row in rows.values())
        excluded = sum(bool(row.excluded) for row in rows.values())
        events = sum(len(kinds) for kinds in provider.events.values()) if provider else 0
        counts = [len(rows), judged, len(rows) - judged - excluded, excluded, events]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        yield "| " + " | ".join([name, *map(str, counts)]) + " |"
    yield "| " + " | ".join(["all", *map(str, totals)]) + " |"


def _decided(entry: specs.Requirement) -> str:
    checks = f"{len(entry.checks)} check{'s' * (len(entry.checks) != 1)}" if entry.checks else ""
    return ", ".join(filter(None, [checks, "planned" * bool(entry.planned), "excluded" * bool(entry.excluded)]))


@main.command()
@click.option("--provider", metavar="NAME", default="whatsable", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--secret-env", metavar="NAME", default="HOOKPROOF_SECRET", show_default=True)
@click.option("--database", type=click.Path(path_type=Path), help="SQLite file that outlives the process [memory]")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="a provider's parameter")
def serve(provider: str, port: int, secret_env: str, database: Path | None, settings: tuple[str, ...]) -> None:
    """Serve the reference receiver on this machine until interrupted."""
    if wrong := [entry for entry in settings if "=" not in entry]:
        _stop(f"--set {wrong[0]}: write KEY=VALUE")
    try:
        surfaces = specs.load(provider).surfaces(dict(entry.split("=", 1) for entry in settings))
    except specs.SpecError as error:
        _stop(str(error))
    secret = os.environ.get(secret_env, "")
    if any(surface.scheme or "crc" in surface.features for surface in surfaces) and not secret:
        _stop(f"{provider} signs deliveries: put the endpoint's secret in ${secret_env}")
    site = Site([(surface, Secret(secret.encode())) for surface in surfaces], str(database or ""))
    try:
        with served(site.app(), port=port) as base:
            for receiver in site.receivers:
                click.echo(f"endpoint {base}{receiver.place}")
            click.echo(f"effects  {site.observer(base)}")
            threading.Event().wait()
    except OSError as error:
        _stop(f"--port {port}: {error.strerror}; choose another")
    except KeyboardInterrupt:
        click.echo("stopped")


@main.command()
@click.argument("names", metavar="[FLAW]...", nargs=-1)
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="flaws judged at the same time")
@click.option("--write", "page", type=click.Path(path_type=Path), help="also write the table to this Markdown file")
@click.option("--quick", is_flag=True, help="run only the checks that each flaw was made for")
def selfcheck(names: tuple[str, ...], jobs: int, page: Path | None, quick: bool) -> None:
    """Run every check against the receivers made to fail it, and print which check catches which flaw."""
    try:
        rows = selfchecks.run(names, jobs, progress=lambda row: click.echo(row.line), quick=quick)
    except selfchecks.NotACheckout as error:
        _stop(str(error))
    click.echo(selfchecks.summary(rows))
    if page:
        page.write_text(selfchecks.page())
    sys.exit(0 if all(row.as_expected for row in rows) else 1)


if __name__ == "__main__":
    main()
