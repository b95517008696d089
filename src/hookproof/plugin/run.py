"""One run from the first delivery to the report: targets, preflight, journal, and what each check may use."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hookproof import observers, report, specs
from hookproof.api import Api
from hookproof.arrivals import Answer
from hookproof.events import Maker
from hookproof.inbox import Inbox
from hookproof.journal import SCHEMA, Journal
from hookproof.model import Promise
from hookproof.observers import Observer
from hookproof.platform import Platform
from hookproof.plugin.items import Selection
from hookproof.plugin.options import Settings
from hookproof.plugin.overlap import Background
from hookproof.plugin.progress import Progress
from hookproof.receiver import Receiver
from hookproof.redact import Redactor, without_user
from hookproof.report import history
from hookproof.runs import run_folder, tool_version
from hookproof.sender import Sender
from hookproof.target import Target
from hookproof.usage import WrongUseError
from hookproof.verdict import Inconclusive, Reason
from hookproof.wire import Endpoint


@dataclass
class Item:
    """What one pytest item knows of itself as a check."""

    id: str
    subject: str
    case: str | None
    actor: Any
    outcome: str = ""
    reason: str | None = None
    message: str = ""
    reproduce: str | None = None
    started: float = 0.0

    @property
    def key(self) -> dict[str, Any]:
        return {"id": self.id, "subject": self.subject, "case": self.case}


@dataclass
class Run:
    """The state of a run. Made when collection begins; `open` when the first delivery is about to be sent."""

    settings: Settings
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    redactor: Redactor = field(default_factory=Redactor)
    exits: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    targets: dict[str, Target] = field(default_factory=dict)
    platforms: dict[str, Platform] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    opened: bool = False
    begun: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)
    results: dict[str, Any] | None = None
    report_error: str = ""
    unreachable: str = ""
    trouble: str = ""
    background: Background = field(default_factory=Background)
    progress: Progress = field(init=False)
    journal: Journal = field(init=False)
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        for key in [*settings.secrets.values(), settings.token]:
            given = os.fsencode(os.environ.get(key.env, ""))  # hidden even where nothing is signed with it
            self.redactor.add(key.secret.reveal() if key.secret else given, f"${key.env}")
        for secret in settings.observer.hide if settings.observer else ():
            self.redactor.add(secret.encode(), "$EFFECTS")
        self.inbox = Inbox(*settings.listen, settings.public_url)
        self.inbox.numbers = self.numbers
        self.makers = {
            surface.subject: Maker(
                surface,
                secret=settings.secrets[surface.subject].secret,
                seed=settings.seed,
                run=self.name,
                media_url=lambda name, content, type_: self.inbox.serve(name, Answer(200, content, type_)).url,
            )
            for surface in settings.surfaces
        }
        self.selection = Selection(self._requirements(), settings.surfaces, settings.roles)

    def _requirements(self) -> Iterator[tuple[str, specs.Requirement]]:
        roles = set(self.settings.roles)
        for provider in self.settings.providers:
            yield from ((provider.name, row) for row in provider.requirements.values() if roles & set(row.roles))
        yield from (("*", row) for row in specs.baseline().values() if roles & set(row.roles))

    # -- before the first check ---------------------------------------------------------------------------------

    def open(self, plan: list[dict[str, Any]], command: list[str], about: dict[str, str]) -> None:
        """Make the run's folder, begin the journal, listen, and start what `demo` needs. Raises UsageError."""
        settings = self.settings
        try:
            self.folder = run_folder(settings.report)
            self.journal = Journal(self.folder / "run.jsonl", self.redactor)
        except WrongUseError as wrong:
            raise pytest.UsageError(str(wrong)) from None
        except OSError as error:
            raise pytest.UsageError(f"--report: cannot write there: {error.strerror}: {error.filename}") from None
        self.exits.callback(self.journal.close)
        try:
            self.background.run(self.inbox.start())
        except OSError as error:
            host, port = settings.listen
            raise pytest.UsageError(f"--listen {host}:{port}: {error.strerror}; choose another, or port 0") from None
        self.exits.callback(lambda: self.background.run(self.inbox.stop()))
        if "receiver" in settings.roles:
            for provider in settings.providers:
                where = self._where(provider)
                for surface in settings.surfaces:
                    if surface.provider is provider:
                        self.background.run(self._add_target(surface, *where))
        planned = {entry["subject"] for entry in plan if not entry["id"].startswith("receiver.")}
        for surface in settings.surfaces:
            if surface.subject in planned:
                self.background.run(self._add_platform(surface))
        self._begin(plan, command, about)
        if self.journal.trouble:
            raise pytest.UsageError(f"--report: {self.journal.trouble}")
        self.opened = True
        for type_, fields in history.lines(self.folder, self._about_target):
            self.journal.write(type_, **fields)

    def actor(self, role: str, key: dict[str, Any]) -> Any:
        """What a check of that role works with."""
        if role == "receiver":
            return Receiver(self.targets[key["subject"]], key)
        return (Sender if role == "sender" else Api)(self.platforms[key["subject"]], key)

    async def _add_platform(self, surface: specs.Surface) -> None:
        settings = self.settings
        base, trigger, register, restart = settings.target, settings.trigger, settings.register, settings.restart
        if settings.demo:
            base, trigger, register, restart = self._demo_platform(surface)
        key = settings.secrets[surface.subject]
        self.platforms[surface.subject] = Platform(
            name=surface.subject,
            surface=surface,
            base=base.rstrip("/"),
            trigger_url=trigger,
            register_url=register,
            token=settings.token.secret,
            token_env=settings.token.env,
            keys=[key.secret] if key.secret else [],
            secret_env=key.env,
            maker=self.makers[surface.subject],
            promise=self._promise(surface.provider),
            inbox=self.inbox,
            journal=self.journal,
            redactor=self.redactor,
            patience_s=settings.patience_s,
            restart=restart,
            numbers=self.numbers,
        )

    def _demo_platform(self, surface: specs.Surface) -> tuple[str, str, str, str]:
        """Serve the reference platform: its base URL, and what --trigger, --register and --restart say."""
        from hookproof.reference.platform import ReferencePlatform
        from hookproof.reference.serving import served

        key, token = self.settings.secrets[surface.subject], self.settings.token
        most = surface.provider.fields.platform.most_attempts if surface.provider.fields.platform else 0
        schedule: dict[str, Any] = {"factor": 1.1, "attempts": most} if most else {"factor": 2.0, "attempts": 6}
        platform = ReferencePlatform([surface], key.secret, token.secret, base_s=0.4, **schedule)
        self.exits.callback(platform.close)
        base = self.exits.enter_context(served(platform.app()))
        return base, f"{base}/trigger", platform.register_url(base), platform.restart(base)

    def _promise(self, provider: specs.Provider) -> Promise:
        fields = provider.fields
        return Promise(self.settings.deadline_s or fields.deadline_s, provider.acknowledges, frozenset(fields.rejects))

    async def _add_target(self, surface: specs.Surface, base: str, observer: Observer | None, restart: str) -> None:
        provider, fields = surface.provider, surface.provider.fields
        siblings = [one for one in self.targets.values() if one.maker.surface.provider is provider]
        made = self.targets[surface.subject] = Target(
            name=surface.subject,
            endpoint=Endpoint(base + surface.path),
            base=base,
            maker=self.makers[surface.subject],
            promise=self._promise(provider),
            journal=self.journal,
            redactor=self.redactor,
            inbox=self.inbox,
            patience_s=self.settings.patience_s,
            concurrency=fields.concurrency,
            observer=observer,
            restart=restart,
            secret_env=self.settings.secrets[surface.subject].env,
            numbers=self.numbers,
        )
        for other in siblings:
            other.siblings.append(made)
            made.siblings.append(other)

    def _where(self, provider: specs.Provider) -> tuple[str, Observer | None, str]:
        """The provider's base URL, or the endpoint itself, who counts the effects there, and what restarts it."""
        if not self.settings.demo:
            url = self.settings.target
            return (url.rstrip("/") if provider.has_paths else url), self.settings.observer, self.settings.restart
        from hookproof.reference.serving import served  # half a second to import, for `demo` alone
        from hookproof.reference.site import Site

        mine = [surface for surface in self.settings.surfaces if surface.provider is provider]
        site = Site([(surface, self.settings.secrets[surface.subject].secret) for surface in mine])
        self.exits.callback(site.close)
        base = self.exits.enter_context(served(site.app()))
        observer = observers.parse(site.observer(base))
        return (base if provider.has_paths else f"{base}/hook"), observer, site.restart(base)

    @property
    def _about_target(self) -> dict[str, Any]:
        settings = self.settings
        names = [provider.name for provider in settings.providers]
        return {"url": self._url, "role": list(settings.roles), "provider": names}

    def _begin(self, plan: list[dict[str, Any]], command: list[str], about: dict[str, str]) -> None:
        settings = self.settings
        self.journal.write(
            "begin",
            schema=SCHEMA,
            version=tool_version(),
            run=self.name,
            started=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            seed=settings.seed,
            command=without_user(shlex.join(command)),
            target=self._about_target,
            parameters={key: value for surface in settings.surfaces for key, value in surface.parameters.items()},
            observer=", ".join(sorted({one.observer.form for one in self.targets.values() if one.observer})) or None,
            deadline_s=self._promise(settings.providers[0]).deadline_s,
            patience_s=settings.patience_s,
            strict=settings.strict,
            requirements=[_row(*row) for row in self.selection.rows],
            plan=plan,
            without_cases=self.selection.empty,
            about=about,
            documents={provider.name: provider.fields.source for provider in settings.providers},
            accepted=None if settings.baseline is None else [msgspec.to_builtins(one) for one in settings.baseline],
        )
        for line in settings.found:
            self.journal.write("fact", name="surfaces", text=line)

    @property
    def _url(self) -> str:
        first = next(iter(self.targets.values()), None)
        return self.settings.target if self.settings.demo or first is None else first.endpoint.url

    def preflight(self) -> bool:
        """One genuine delivery to each target, and how soon it shows; False if nobody is there."""
        return self._greet_targets() and all(map(self._greet_platform, self.platforms.values()))

    def _greet_platform(self, platform: Platform) -> bool:
        """Register an inbox and have one event delivered, as the control of everything else."""
        sender = Sender(platform, {"id": None, "subject": platform.name, "case": None})
        roles = {role for _, row, subjects in self.selection.rows if platform.name in subjects for role in row.roles}
        try:
            if "sender" in self.settings.roles and "sender" in roles:
                platform.control = self.background.run(sender.greet())
            else:
                self.background.run(sender.knock())
        except Inconclusive as gone:
            if gone.reason is Reason.TARGET_UNREACHABLE:
                self.unreachable = f"nobody answers at {platform.base}: {str(gone).split(' -> ')[-1]}"
                return False
            platform.control = str(gone)
        if platform.control:
            self.journal.write("fact", name="control", text=platform.control)
        return True

    def _greet_targets(self) -> bool:
        self._watch()
        for target in self.targets.values():
            receiver = Receiver(target, {"id": None, "subject": target.name, "case": None})
            try:
                target.control = self.background.run(receiver.greet())
            except Inconclusive as gone:
                self.unreachable = f"nobody answers at {target.endpoint.url}: {str(gone).split(' -> ')[-1]}"
                return False
            where = f" to {target.name}" if len(self.targets) > 1 else ""
            text = f"the first genuine delivery{where} was {_fate(target)}: {target.control.answer}"
            self.journal.write("fact", name="control", text=text)
            if target.control.exchange.tls:
                shown = f"{target.control.exchange.tls}; certificate {target.control.exchange.certificate}"
                self.journal.write("fact", name="tls", text=shown)
            if target.maker.writing != target.maker.surface.writing:
                odd = "only JSON in another spelling than the usual one was acknowledged; it is used from here on"
                self.journal.write("fact", name="spelling", text=odd)
            cause = "" if target.control.acknowledged else self.background.run(receiver.diagnose())
            if cause:
                self.journal.write("fact", name="cause", text=cause)
            if target.watch and target.control.acknowledged:
                self.journal.write("fact", name="effects", text=self.background.run(target.watch.learn()))
        return True

    def _watch(self) -> None:
        """Begin to observe, before anything is sent."""
        for observer in {id(target.observer): target.observer for target in self.targets.values()}.values():
            if observer is None:
                continue
            try:
                self.background.run(observer.start())
            except Inconclusive as trouble:
                self.journal.write("fact", name="effects", text=str(trouble))
            self.exits.callback(self._stop_watching, observer)

    def _stop_watching(self, observer: Observer) -> None:
        self.background.run(observer.stop())

    # -- after the last check -----------------------------------------------------------------------------------

    def close(self, exit_status: int, *, interrupted: bool) -> None:
        """End the journal and write the report from it."""
        if odd := +self.inbox.odd:
            text = ", ".join(f"{count} × {what}" for what, count in odd.most_common())
            self.journal.write("fact", name="inbox", text=f"came to the inbox and is no attempt: {text}")
        self.journal.write(
            "end", elapsed_s=round(time.monotonic() - self.started, 3), exit=exit_status, interrupted=interrupted
        )
        with contextlib.suppress(Exception):
            self.exits.close()
        self.background.stop()
        self.report_error = self.journal.trouble
        try:
            self.results = report.write(self.folder / "run.jsonl")
        except OSError as error:
            self.report_error = f"the report could not be written: {error.strerror}: {error.filename or self.folder}"
        except report.ReportError as error:
            self.report_error = self.report_error or f"the report could not be written: {error}"

    def abandon(self) -> None:
        """End without a report: nothing was judged."""
        with contextlib.suppress(Exception):
            self.exits.close()
        self.background.stop()


def _fate(target: Target) -> str:
    assert target.control
    return "acknowledged" if target.control.acknowledged else "not acknowledged"


def _row(provider: str, requirement: specs.Requirement, subjects: list[str]) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "provider": "baseline" if provider == "*" else provider,
        "role": requirement.role,
        "level": requirement.level.value,
        "text": requirement.text,
        "source": requirement.source,
        "checks": requirement.checks,
        "excluded": requirement.excluded,
        "applies": bool(subjects),
        "subjects": subjects,
    }
