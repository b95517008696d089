"""Every option that more than one thing reads: pytest, Locust, click, hookproof.toml and the README."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["text", "list", "number", "flag"]
"""How often it is given, and what hookproof.toml takes for it: text, a list of texts, a number, true or false."""


@dataclass(frozen=True)
class Option:
    """One option.

    name     as it is typed after `--`; value: what stands for its value, empty for a flag
    help     what it is for, in one phrase
    default  as one reads it; empty where there is none
    """

    name: str
    value: str
    help: str
    default: str = ""
    kind: Kind = "text"

    @property
    def key(self) -> str:
        """Its name in hookproof.toml and in Python."""
        return self.name.replace("-", "_")

    @property
    def usage(self) -> str:
        """How it is typed."""
        return f"--{self.name} {self.value}".rstrip()

    @property
    def explained(self) -> str:
        """What --help says of it."""
        more = "; may be given again" if self.kind == "list" else ""
        return f"{self.help}{more}{f' [{self.default}]' if self.default else ''}"

    @property
    def schema(self) -> dict[str, Any]:
        """What hookproof.toml may say of it, as JSON Schema."""
        text: dict[str, Any] = {"type": "string"}
        if self.kind == "list":
            listed: list[dict[str, Any]] = [text, {"type": "array", "items": text}]
            table = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
            return {"description": self.help, "anyOf": [*listed, table] if self is SET else listed}
        kinds = {"text": "string", "number": ["number", "string"], "flag": "boolean"}
        return {"description": self.help, "type": kinds[self.kind]}

    @property
    def attributes(self) -> dict[str, Any]:
        """What argparse is told, and pytest, which asks argparse. Nothing typed is None."""
        how: dict[str, Any] = {"help": self.explained.replace("%", "%%"), "default": None}
        if self.kind == "flag":
            return {**how, "action": "store_true"}
        return {**how, "metavar": self.value, **({"action": "append"} if self.kind == "list" else {})}


PROVIDER = Option("provider", "NAME", "whose documents it must keep", "what the target answers to", "list")
SECRET_ENV = Option("secret-env", "NAME", "environment variable with the signing secret", "HOOKPROOF_SECRET")
TOKEN_ENV = Option("token-env", "NAME", "environment variable with the management API's token", "HOOKPROOF_TOKEN")
EFFECTS = Option(
    "effects",
    "OBSERVER",
    "how effects are counted: http://…{event_id}…, socketio://HOST:PORT/, sql+URL#SELECT … :event_id, "
    "or exec:COMMAND {event_id}",
    "not counted",
)
SET = Option("set", "KEY=VALUE", "what the provider's documents leave open", "the provider's", "list")
REPORT = Option("report", "DIR", "where the run's files go", "reports/runs/<UTC time>")

CHECKS = (
    Option(
        "target",
        "URL",
        "the endpoint, the API's base URL, a verifier (exec:COMMAND, python:MODULE:FUNCTION), or `demo`: an embedded "
        "reference of every role",
    ),
    PROVIDER,
    Option("role", "ROLE", "receiver, sender, api or verifier", "receiver", "list"),
    SECRET_ENV,
    TOKEN_ENV,
    Option("trigger", "URL", 'sender: POST {"kind": KIND, "text": TEXT} there makes it emit one event'),
    Option(
        "register",
        "URL",
        'sender: POST {"url": INBOX, "events": […]} there registers an endpoint, where the provider documents no API',
    ),
    EFFECTS,
    Option(
        "start",
        "COMMAND",
        "starts the target, which is waited for, killed and begun anew where a check asks, and ended with the run",
        "it runs already",
    ),
    Option(
        "restart",
        "COMMAND",
        "restarts the target and returns: are events lost, or done again?",
        "not judged",
    ),
    Option("trouble", "TEXT", "receiver: a text at which its own handler fails: is it lost?", "not judged"),
    Option(
        "slow", "TEXT", "receiver: a text at which its own handler is slow: is it acknowledged in time?", "not judged"
    ),
    Option("deadline", "SECONDS", "acknowledgement deadline", "the provider's, 10", "number"),
    Option("patience", "SECONDS", "how long to wait for effects and for a sender's next attempt", "10", "number"),
    SET,
    Option("listen", "HOST:PORT", "where our inbox is: a sender's deliveries, files", "127.0.0.1:0"),
    Option("public-url", "URL", "how the target reaches what we serve", "the --listen address"),
    Option("baseline", "FILE", "accepted failures, as `hookproof baseline` writes them", "none"),
    REPORT,
    Option(
        "examples",
        "N",
        "deliveries generated for each property, and six times as many boundary values; fewer are quicker",
        "25",
        "number",
    ),
    Option("seed", "N", "seed of the generated events; ids are new in every run", "0", "number"),
    Option("strict", "", "warnings and what could not be judged fail the run too", kind="flag"),
)
"""The options of a run of checks: `pytest --target URL …`, and hookproof.toml."""

LOADS = (
    Option("provider", "NAME", "whose deliveries", kind="list"),
    Option("scenario", "NAME", "which file of loadtests/", "capacity", "list"),
    Option("rate", "N", "deliveries a second", "the scenario's", "number"),
    Option("duration", "SECONDS", "how long", "the scenario's", "number"),
    Option("deadline", "SECONDS", "within which a delivery must be acknowledged", "10", "number"),
    Option("min-ok", "RATIO", "share that must be acknowledged in time", "the scenario's, 0.999", "number"),
    Option("max-lag", "SECONDS", "our own lateness beyond which nothing is decided", "0.01", "number"),
    EFFECTS,
    Option("endpoint", "NAME=PATH", "where a provider's deliveries go, below --host", kind="list"),
    SET,
    SECRET_ENV,
    Option("connections", "N", "most connections open at once, over all workers", "1000", "number"),
    Option("fresh-connections", "", "a new connection for each delivery", kind="flag"),
    Option("warm", "N", "connections opened beforehand and used in turn, over all workers", "0", "number"),
    Option("watch", "PID", "process on this machine whose memory is watched: the target's", "none", "number"),
    REPORT,
    Option("seed", "N", "seed of contents and arrivals", "0", "number"),
    Option("quiet", "", "no line a second", kind="flag"),
)
"""The options of a load, beside Locust's own: `hookproof load --host URL …`."""

FOR_WORKERS = ("host", *(option.key for option in LOADS))
"""Names of what a worker of a load needs from its master's command line."""
