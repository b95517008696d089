"""One run from the first delivery to the report: targets, preflight, journal, and what each check may use."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import secrets
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from hookproof import observers, providers, report
from hookproof.api import Api
from hookproof.delivery.attempt import Promise
from hookproof.evidence.journal import Journal
from hookproof.evidence.lines import (
    JOURNAL,
    BeginLine,
    EndLine,
    FactLine,
    PlannedCheck,
    TargetRecord,
)
from hookproof.evidence.own_words import vocabulary
from hookproof.evidence.redact import Redactor, without_user
from hookproof.observers import Observer
from hookproof.plugin.command.options import CheckSettings
from hookproof.plugin.items import Selection, record
from hookproof.plugin.overlap import Background
from hookproof.plugin.terminal.progress import Progress
from hookproof.providers.events import Maker
from hookproof.receiver.greeting import meet, unseen
from hookproof.receiver.receiver import Receiver
from hookproof.receiver.record import Record
from hookproof.report.words import history
from hookproof.runs import run_folder, tool_version
from hookproof.sender import Sender, greet, knock
from hookproof.settings import WrongUseError
from hookproof.target.actor import Actor
from hookproof.target.check_key import CheckKey
from hookproof.target.restart import StartedTarget
from hookproof.target.sending_platform import SendingPlatform
from hookproof.target.target import Target
from hookproof.target.verifiers.verifier_target import VerifierTarget
from hookproof.verdict import Inconclusive, Reason
from hookproof.verifier import opening
from hookproof.verifier.verifier import Verifier
from hookproof.wire.arrivals import Answer
from hookproof.wire.client import Endpoint
from hookproof.wire.inbox import Inbox


@dataclass
class CheckRun:
    """The state of a run of checks. Made when collection begins; `open` when the first delivery is about to be sent."""

    settings: CheckSettings
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    redactor: Redactor = field(default_factory=lambda: Redactor(vocabulary()))
    exits: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    targets: dict[str, Target] = field(default_factory=dict)
    platforms: dict[str, SendingPlatform] = field(default_factory=dict)
    verifiers: dict[str, VerifierTarget] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    opened: bool = False
    begun: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)
    results: dict[str, Any] | None = None
    report_error: str = ""
    unreachable: str = ""
    trouble: str = ""
    died: str = ""
    background: Background = field(default_factory=Background)
    progress: Progress = field(init=False)
    journal: Journal = field(init=False)
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        for key in [*settings.secrets.values(), settings.token]:
            if key.former:
                self.redactor.add(key.former.reveal(), f"${key.env}_OLD")
            given = os.fsencode(os.environ.get(key.env, ""))  # hidden even where nothing is signed with it
            self.redactor.add(key.secret.reveal() if key.secret else given, f"${key.env}")
        for secret in settings.observer.hide if settings.observer else ():
            self.redactor.add(secret.encode(), "$EFFECTS")
        if settings.started:
            self.exits.callback(settings.started.stop)
        self.inbox = Inbox(*settings.listen, settings.public_url)
        self.inbox.numbers = self.numbers
        self.makers = {
            surface.subject: Maker(
                surface,
                secret=settings.secrets[surface.subject].secret,
                former=settings.secrets[surface.subject].former,
                seed=settings.seed,
                run=self.name,
                media_url=lambda name, content, type_: self.inbox.serve(name, Answer(200, content, type_)).url,
            )
            for surface in settings.surfaces
        }
        self.redactor.add_queries(settings.target, settings.trigger, settings.register, settings.effects)
        self.selection = Selection(self._requirements(), settings.surfaces, settings.roles)

    def _requirements(self) -> Iterator[tuple[str, providers.Requirement]]:
        roles = set(self.settings.roles)
        for provider in self.settings.providers:
            yield from ((provider.name, row) for row in provider.requirements.values() if roles & set(row.roles))
        yield from (("*", row) for row in providers.baseline().values() if roles & set(row.roles))

    # -- before the first check ---------------------------------------------------------------------------------

    def open(self, plan: list[PlannedCheck], command: list[str], about: dict[str, str]) -> None:
        """Make the run's folder and journal, listen, start what `demo` needs. Raises UsageError; OSError if full."""
        settings = self.settings
        try:
            self.folder = run_folder(settings.report)
            self.journal = Journal(self.folder / "run.jsonl", self.redactor)
        except WrongUseError as wrong:
            raise pytest.UsageError(str(wrong)) from None
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                self.report_error = f"--report: {error.strerror}: {error.filename}"
                raise
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
        if "verifier" in settings.roles:
            given = (settings.target, settings.surfaces, settings.deadline_s, self.name)
            self.verifiers = opening.opened(*given, self.journal, self.numbers, self.exits)
        planned = {entry.subject for entry in plan if entry.id.startswith(("sender.", "api."))}
        for surface in settings.surfaces:
            if surface.subject in planned:
                self.background.run(self._add_platform(surface))
        self._begin(plan, command, about)
        if self.journal.trouble:
            self.report_error = f"--report: {self.journal.trouble}"
            raise OSError(self.report_error)
        self.opened = True
        for line in history.lines(self.folder, self._about_target):
            self.journal.write(line)

    def actor(self, role: str, key: CheckKey) -> Actor:
        """What a check of that role works with."""
        if role == "receiver":
            return Receiver(self.targets[key.subject], Record(key))
        if role == "verifier":
            return Verifier(self.verifiers[key.subject], key, self.settings.seed, self.settings.examples)
        return (Sender if role == "sender" else Api)(self.platforms[key.subject], key)

    async def _add_platform(self, surface: providers.Surface) -> None:
        settings = self.settings
        base, trigger, register, restart = settings.target, settings.trigger, settings.register, settings.how_to_restart
        if settings.demo:
            base, trigger, register, restart = self._demo_platform(surface)
        key = settings.secrets[surface.subject]
        self.platforms[surface.subject] = SendingPlatform(
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
            promise=self._promise(surface),
            inbox=self.inbox,
            journal=self.journal,
            redactor=self.redactor,
            patience_s=settings.patience_s,
            restart=restart,
            numbers=self.numbers,
        )

    def _demo_platform(self, surface: providers.Surface) -> tuple[str, str, str, str]:
        """Serve the reference platform: its base URL, and what --trigger, --register and --restart say."""
        from hookproof.reference.reference_platform import ReferencePlatform
        from hookproof.reference.serving import served

        key, token = self.settings.secrets[surface.subject], self.settings.token
        most = surface.provider.fields.platform.most_attempts if surface.provider.fields.platform else 0
        schedule: dict[str, Any] = {"factor": 1.1, "attempts": most} if most else {"factor": 2.0, "attempts": 6}
        platform = ReferencePlatform([surface], key.secret, token.secret, base_s=0.4, **schedule)
        self.exits.callback(platform.close)
        base = self.exits.enter_context(served(platform.app()))
        return base, f"{base}/trigger", platform.register_url(base), platform.restart(base)

    def _promise(self, surface: providers.Surface) -> Promise:
        return Promise(
            self.settings.deadline_s or surface.deadline_s,
            surface.acknowledges,
            surface.rejects,
            surface.says_what_it_must,
        )

    async def _add_target(
        self, surface: providers.Surface, base: str, observer: Observer | None, restart: str | StartedTarget
    ) -> None:
        provider, fields = surface.provider, surface.provider.fields
        siblings = [one for one in self.targets.values() if one.maker.surface.provider is provider]
        self.makers[surface.subject].address(base + surface.path)
        made = self.targets[surface.subject] = Target(
            name=surface.subject,
            endpoint=Endpoint(base + surface.path),
            base=base,
            maker=self.makers[surface.subject],
            promise=self._promise(surface),
            journal=self.journal,
            redactor=self.redactor,
            inbox=self.inbox,
            patience_s=self.settings.patience_s,
            concurrency=fields.concurrency,
            observer=observer,
            effects_url=self._effects_url,
            hooks={"trouble": self.settings.trouble, "slow": self.settings.slow},
            restart=restart,
            secret_env=self.settings.secrets[surface.subject].env,
            numbers=self.numbers,
        )
        for other in siblings:
            other.siblings.append(made)
            made.siblings.append(other)

    def _where(self, provider: providers.Provider) -> tuple[str, Observer | None, str | StartedTarget]:
        """The provider's base URL, or the endpoint itself, who counts the effects there, and what restarts it."""
        if not self.settings.demo:
            url = self.settings.target
            return (
                (url.rstrip("/") if provider.has_paths else url),
                self.settings.observer,
                self.settings.how_to_restart,
            )
        from hookproof.reference.reference_site import Site
        from hookproof.reference.serving import served  # half a second to import, for `demo` alone

        mine = [surface for surface in self.settings.surfaces if surface.provider is provider]
        site = Site([(surface, self.settings.secrets[surface.subject].secret) for surface in mine])
        for each in site.receivers:
            each.former = self.settings.secrets[each.surface.subject].former
        self.exits.callback(site.close)
        base = self.exits.enter_context(served(site.app()))
        observer = observers.parse(site.observer(base))
        return (base if provider.has_paths else f"{base}/hook"), observer, site.restart(base)

    @property
    def _effects_url(self) -> str:
        """The URL at which the user said that effects are counted, as a reproducer may show it."""
        by_http = isinstance(self.settings.observer, observers.HttpObserver)
        return without_user(self.settings.effects) if by_http else ""

    @property
    def _about_target(self) -> TargetRecord:
        settings = self.settings
        names = [provider.name for provider in settings.providers]
        return TargetRecord(self._url, list(settings.roles), names)

    def _begin(self, plan: list[PlannedCheck], command: list[str], about: dict[str, str]) -> None:
        settings = self.settings
        self.journal.write(
            BeginLine(
                schema=JOURNAL,
                version=tool_version(),
                run=self.name,
                started=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                seed=settings.seed,
                command=without_user(shlex.join(command)),
                target=self._about_target,
                parameters={key: value for surface in settings.surfaces for key, value in surface.parameters.items()},
                observer=", ".join(sorted({one.observer.form for one in self.targets.values() if one.observer}))
                or None,
                deadline_s=self._promise(settings.surfaces[0]).deadline_s,
                patience_s=settings.patience_s,
                strict=settings.strict,
                requirements=[record(*row) for row in self.selection.rows],
                plan=plan,
                without_cases=self.selection.empty,
                about=about,
                documents={provider.name: provider.fields.source for provider in settings.providers},
                accepted=None if settings.baseline is None else list(settings.baseline),
            )
        )
        for line in settings.found:
            self.journal.write(FactLine("surfaces", line))

    @property
    def _url(self) -> str:
        first = next(iter(self.targets.values()), None)
        return self.settings.target if self.settings.demo or first is None else first.endpoint.url

    def preflight(self) -> bool:
        """One genuine delivery to each target, and how soon it shows; False if nobody is there."""
        self.unreachable = opening.greet(self.verifiers.values())
        greeted = not self.unreachable and self._greet_targets()
        return greeted and all(map(self._greet_platform, self.platforms.values()))

    def _greet_platform(self, platform: SendingPlatform) -> bool:
        """Register an inbox and have one event delivered, as the control of everything else."""
        roles = {role for _, row, subjects in self.selection.rows if platform.name in subjects for role in row.roles}
        try:
            if "sender" in self.settings.roles and "sender" in roles:
                platform.control = self.background.run(greet(platform))
            else:
                self.background.run(knock(platform))
        except Inconclusive as gone:
            if gone.reason is Reason.TARGET_UNREACHABLE:
                self.unreachable = self._nobody(platform.base, gone)
                return False
            platform.control = str(gone)
        if platform.control:
            self.journal.write(FactLine("control", platform.control))
        return True

    def _greet_targets(self) -> bool:
        self._watch()
        for target in self.targets.values():
            try:
                self.background.run(meet(target))
            except Inconclusive as gone:
                self.unreachable = self._nobody(target.endpoint.url, gone)
                return False
        return True

    def _nobody(self, url: str, gone: Inconclusive) -> str:
        """What is said where nobody answers; of a target that we started, how it ended."""
        died = self.settings.started.died if self.settings.started else ""
        return f"the target {died}" if died else f"nobody answers at {url}: {str(gone).split(' -> ')[-1]}"

    def _watch(self) -> None:
        """Begin to observe, before anything is sent."""
        for observer in {id(target.observer): target.observer for target in self.targets.values()}.values():
            if observer is None:
                continue
            try:
                self.background.run(observer.start())
            except Inconclusive as trouble:
                self.journal.write(FactLine("effects", str(trouble)))
            self.exits.callback(self._stop_watching, observer)

    def _stop_watching(self, observer: Observer) -> None:
        self.background.run(observer.stop())

    # -- after the last check -----------------------------------------------------------------------------------

    def close(self, exit_status: int, *, interrupted: bool) -> None:
        """End the journal and write the report from it."""
        for text in filter(None, map(unseen, self.targets.values())):
            self.journal.write(FactLine("doubt", text, undecided=True))
        if odd := +self.inbox.odd:
            text = ", ".join(f"{count} × {what}" for what, count in odd.most_common())
            self.journal.write(FactLine("inbox", f"came to the inbox and is no attempt: {text}"))
        if self.settings.started and (died := self.settings.started.died):
            self.died = f"the target {died}"
            self.journal.write(FactLine("cause", self.died))
        elapsed_s = round(time.monotonic() - self.started, 3)
        self.journal.write(EndLine(elapsed_s=elapsed_s, exit=exit_status, interrupted=interrupted))
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


RUN = pytest.StashKey[CheckRun]()


def run_of(config: pytest.Config) -> CheckRun | None:
    """The run that pytest makes; None where no checks are collected."""
    return config.stash.get(RUN, None)
