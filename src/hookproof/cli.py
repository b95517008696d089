"""The `hookproof` command: what is not a pytest run."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from hookproof import folders, providers
from hookproof import report as reports
from hookproof import settings as typed
from hookproof.delivery.secret import Secret
from hookproof.options import printed
from hookproof.options.table import SECRET_ENV, SET, TOKEN_ENV, Option
from hookproof.report.compare import diff, matrix
from hookproof.report.formats import workflow
from hookproof.report.results import baseline, stored
from hookproof.vectors import making, vector_file
from hookproof.verdict import Exit
from hookproof.workbench.describing import commands as describing
from hookproof.workbench.page.listen import listen
from hookproof.workbench.sending import commands as sending

if TYPE_CHECKING:  # what one command alone needs is imported when that is given
    from starlette.applications import Starlette


def _stop(text: str, code: int = Exit.USAGE) -> NoReturn:
    click.echo(f"hookproof: {text}", err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hookproof", prog_name="hookproof")
def main() -> None:
    """Proves that a webhook implementation keeps its promises.

    The checks themselves are run with pytest: `pytest --pyargs hookproof.suites --target URL`.
    """


main.add_command(listen)


def _option(option: Option, name: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A click option like one of the table, with the same words; `name`: what the function calls it."""
    more = {"multiple": True} if option.kind == "list" else {"default": option.default or None}
    words = option.explained.replace("[the provider's]", "").strip()
    return click.option(f"--{option.name}", name or option.key, metavar=option.value, help=words, **more)


@main.command("load", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def load_(arguments: tuple[str, ...]) -> None:
    """Run the load scenarios: `locust -f loadtests` with these ARGUMENTS, wherever loadtests/ is installed."""
    if {"-h", "--help"} & set(arguments):
        click.echo(printed.help_of_loads())
        sys.stdout.flush()
        arguments = ("--help",)
    command = [sys.executable, "-m", "locust", "-f", str(folders.folder("loadtests")), *arguments]
    os.execv(sys.executable, command)  # Locust patches its whole process: it gets one of its own


@main.command("report")
@click.argument("run", type=click.Path(path_type=Path))
def report_(run: Path) -> None:
    """Make every file of a run again from its results.json or its run.jsonl, also of a run that was killed."""
    try:
        found = reports.remake(run)
    except reports.ReportError as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.strerror}: {error.filename or run}", Exit.REPORT_FAILED)
    state = "" if found["complete"] else ", incomplete"
    if damaged := found["damaged_lines"]:
        state += f", {damaged} damaged line{'s' * (damaged > 1)} of the journal left out"
    click.echo(f"{found['verdict']}{state}: {(run if run.is_dir() else run.parent) / 'report.html'}")


def _results(path: Path) -> dict[str, Any]:
    """The results of a run. Ends the command in one line if there are none."""
    try:
        return stored.read(path)
    except reports.ReportError as error:
        _stop(str(error))
    except OSError as error:
        _stop(f"{error.strerror}: {error.filename or path}")


def _write(files: dict[Path | None, Callable[[], str]]) -> None:
    for path, render in files.items():
        try:
            if path is not None:
                path.write_text(render(), "utf-8")
        except OSError as error:
            _stop(f"{error.strerror}: {error.filename or path}", Exit.REPORT_FAILED)


_FILE = click.Path(path_type=Path, dir_okay=False)


@main.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--markdown", "page_md", metavar="FILE", type=_FILE, help="also write it as Markdown")
@click.option("--html", "page_html", metavar="FILE", type=_FILE, help="also write it as a page")
def diff_(old: Path, new: Path, page_md: Path | None, page_html: Path | None) -> None:
    """Compare two runs, given as folders or results.json. Exits 1 if something broke that held before."""
    found = diff.compare(_results(old), _results(new))
    for line in diff.text(found):
        click.echo(line)
    _write({page_md: lambda: diff.markdown(found)})
    _write({page_html: lambda: diff.page(found)})
    sys.exit(Exit.NONCONFORMANT if found.failing else 0)


@main.command("baseline")
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="accept warnings too, for runs with --strict")
@click.option("--reason", metavar="TEXT", default="", help="why; better: say it in the file, entry by entry")
def baseline_(results: Path, strict: bool, reason: str) -> None:
    """Print the failures of a run as a file for `pytest --baseline FILE`, where they are then accepted."""
    click.echo(baseline.write(_results(results), strict=strict, reason=reason), nl=False)


@main.command()
@click.argument("run", type=click.Path(path_type=Path))
def annotate(run: Path) -> None:
    """Print what a run found as annotations of GitHub Actions, for the log of the job that ran it."""
    for line in workflow.render(_results(run)):
        click.echo(line)


@main.command("matrix")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--markdown", "page_md", metavar="FILE", type=_FILE, help="write it as Markdown")
@click.option("--html", "page_html", metavar="FILE", type=_FILE, help="write it as a page")
def matrix_(runs: tuple[Path, ...], page_md: Path | None, page_html: Path | None) -> None:
    """Put several runs on one page: implementations across, requirements down."""
    found = [(run, _results(run)) for run in runs]
    for line in matrix.text(matrix.arrange(found, None)):
        click.echo(line)
    _write({page_md: lambda: matrix.markdown(matrix.arrange(found, None))})
    _write({page_html: lambda: matrix.page(matrix.arrange(found, page_html.absolute().parent if page_html else None))})


@main.command()
@click.option("--provider", metavar="NAME", help="only this provider's; the baseline is called `baseline`")
@click.option("--role", metavar="ROLE", help="only this role's: receiver, sender, api, verifier or operator")
@click.option("--counts", is_flag=True, help="only how many there are, as a Markdown table")
def requirements(provider: str | None, role: str | None, counts: bool) -> None:
    """List every requirement: id, level, role, and what decides it."""
    try:
        for line in requirement_counts() if counts else requirement_lines(provider, role):
            click.echo(line)
    except providers.SpecError as error:
        _stop(str(error))


def requirement_lines(provider: str | None = None, role: str | None = None) -> Iterator[str]:
    """One line for each requirement, tab-separated: provider, id, level, roles, how it is decided, text."""
    names = [provider] if provider else [*providers.names(), "baseline"]
    for name in names:
        found = providers.baseline() if name == "baseline" else providers.load(name).requirements
        for id_, entry in found.items():
            if role is None or role in entry.roles:
                yield "\t".join([name, id_, entry.level, "+".join(entry.roles), _decided(entry), entry.text])


def requirement_counts() -> Iterator[str]:
    """How many requirements each provider has and what becomes of them; the lines of a Markdown table."""
    yield "| provider | requirements | judged by checks | excluded with a reason | events |"
    yield "|---|---|---|---|---|"
    totals = [0] * 4
    for name in [*providers.names(), "baseline"]:
        provider = providers.load(name) if name != "baseline" else None
        rows = provider.requirements if provider else providers.baseline()
        judged = sum(bool(row.checks) for row in rows.values())
        excluded = sum(bool(row.excluded) for row in rows.values())
        events = sum(len(kinds) for kinds in provider.events.values()) if provider else 0
        counts = [len(rows), judged, excluded, events]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        yield "| " + " | ".join([name, *map(str, counts)]) + " |"
    yield "| " + " | ".join(["all", *map(str, totals)]) + " |"


def _decided(entry: providers.Requirement) -> str:
    checks = f"{len(entry.checks)} check{'s' * (len(entry.checks) != 1)}" if entry.checks else ""
    return ", ".join(filter(None, [checks, "excluded" * bool(entry.excluded)]))


@main.command()
@click.argument("provider")
@click.option("--format", "form", type=click.Choice(["json"]), default="json", show_default=True)
def vectors(provider: str, form: str) -> None:
    """Print the signature vectors of a PROVIDER, for any language: requests, keys and right verdicts.

    `specs/schema/vectors.schema.json` says what each member means.
    """
    try:
        found = making.file_of(providers.load(provider))
    except providers.SpecError as error:
        _stop(str(error))
    if found is None:
        _stop(f"{provider} signs nothing, so there is nothing to verify")
    click.echo(vector_file.text(found), nl=False)


@main.command()
@click.option("--role", type=click.Choice(["receiver", "sender"]), default="receiver", show_default=True)
@click.option("--provider", metavar="NAME|FOLDER", default="whatsable", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@_option(SECRET_ENV)
@_option(TOKEN_ENV)
@click.option("--base", type=click.FloatRange(0, 86400), default=5.0, show_default=True, help="sender only: seconds")
@click.option("--database", type=click.Path(path_type=Path), help="SQLite file that outlives the process [memory]")
@_option(SET, "settings")
def serve(
    role: str,
    provider: str,
    port: int,
    secret_env: str,
    token_env: str,
    base: float,
    database: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Serve the reference receiver, or with --role sender the reference platform, on this machine until interrupted.

    --base is the pause before the first retry; each further one is twice as long.
    """
    from hookproof.reference.serving import served

    if wrong := [entry for entry in settings if "=" not in entry]:
        _stop(f"--set {wrong[0]}: write KEY=VALUE")
    try:
        surfaces = providers.load(provider).surfaces(dict(entry.split("=", 1) for entry in settings))
    except providers.SpecError as error:
        _stop(str(error))
    secret = os.environ.get(secret_env, "")
    if any(surface.scheme or "crc" in surface.features for surface in surfaces) and not secret:
        _stop(f"{provider} signs deliveries: put the endpoint's secret in ${secret_env}")
    try:
        key, token = typed.secret(secret, secret_env), typed.secret(os.environ.get(token_env, ""), token_env)
    except typed.WrongUseError as error:
        _stop(str(error))
    if role == "sender":
        app, lines = _platform(surfaces, key, token, token_env, base, database)
    else:
        app, lines = _site(surfaces, key, database)
    try:
        with served(app, port=port) as address:
            for line in lines(address):
                click.echo(line)
            threading.Event().wait()
    except OSError as error:
        _stop(f"--port {port}: {error.strerror}; choose another")
    except KeyboardInterrupt:
        click.echo("stopped")


def _site(
    surfaces: list[providers.Surface], key: Secret, database: Path | None
) -> tuple[Starlette, Callable[[str], list[str]]]:
    """The receivers, and what is said of them at an address."""
    from hookproof.reference.reference_site import Site

    site = Site([(surface, key) for surface in surfaces], str(database or ""))
    return site.app(), lambda base: [
        *(f"endpoint {base}{receiver.place}" for receiver in site.receivers),
        f"effects  {site.observer(base)}",
    ]


def _platform(
    surfaces: list[providers.Surface], key: Secret, token: Secret, token_env: str, base_s: float, database: Path | None
) -> tuple[Starlette, Callable[[str], list[str]]]:
    """The platform, and what is said of it at an address."""
    from hookproof.reference.reference_platform import ReferencePlatform

    if not token.reveal():
        _stop(f"the platform's API needs a token: put one in ${token_env}")
    mode = surfaces[0].parameters.get("mode", "development")
    options = {"database": str(database or ":memory:"), "mode": mode, "base_s": base_s}
    try:
        platform = ReferencePlatform(surfaces, key, token, **options)
    except sqlite3.Error as error:
        _stop(f"--database {database}: {error}")
    return platform.app(), lambda base: [
        f"target   {base}",
        f"trigger  {base}/trigger",
        *([f"register {platform.register_url(base)}"] if platform.register_url(base) else []),
    ]


@main.command()
@click.argument("names", metavar="[FLAW]...", nargs=-1)
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="flaws judged at the same time")
@click.option("--write", "page", type=click.Path(path_type=Path), help="also write the table to this Markdown file")
@click.option("--quick", is_flag=True, help="run only the checks that each flaw was made for")
@click.option(
    "--role",
    type=click.Choice(["receiver", "sender", "api", "verifier"]),
    default=None,
    help="only the flaws of this role",
)
def selfcheck(names: tuple[str, ...], jobs: int, page: Path | None, quick: bool, role: str | None) -> None:
    """Run every check against what was made to fail it, and print which check catches which flaw."""
    from hookproof import selfcheck as selfchecks

    try:
        rows = selfchecks.run(names, jobs, lambda row: click.echo(row.line), role=role or "", quick=quick)
    except selfchecks.NotACheckout as error:
        _stop(str(error))
    click.echo(selfchecks.summary(rows))
    if page:
        page.write_text(selfchecks.page())
    sys.exit(0 if all(row.as_expected for row in rows) else 1)


for _command in (*describing.COMMANDS, *sending.COMMANDS):
    main.add_command(_command)


if __name__ == "__main__":
    main()
