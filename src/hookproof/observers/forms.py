"""From what --effects says to an observer. Only the form that is used is imported."""

from __future__ import annotations

import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from hookproof.observers.http_observer import HttpObserver
from hookproof.observers.observer import Observer

FORMS = (
    'http://HOST/…{event_id}… answering {"count": N}, socketio://HOST:PORT/, '
    "sql+URL#SELECT count(*) … :event_id, or exec:COMMAND {event_id}"
)


def parse(text: str) -> Observer:
    """The observer that --effects describes. Raises ValueError saying what to type instead."""
    scheme = text.partition(":")[0].lower()
    if scheme == "exec":
        from hookproof.observers.exec_observer import ExecObserver

        return ExecObserver.parse(text)
    if scheme.startswith("sql+"):
        _need("sql", "sqlalchemy")
        from hookproof.observers.sql_observer import SqlObserver

        return SqlObserver.parse(text)
    if scheme in ("socketio", "socketios"):
        _need("socketio", "socketio", "aiohttp")
        from hookproof.observers.socketio_observer import SocketioObserver

        return SocketioObserver.parse(text)
    return _parse_http(text)


def _need(extra: str, *modules: str) -> None:
    """Raises ValueError naming the extra that brings these modules, if one is not installed."""
    if missing := [name for name in modules if find_spec(name) is None]:
        raise ValueError(f"--effects: {missing[0]} is not installed: type `pip install 'hookproof[{extra}]'`")


def _parse_http(text: str) -> Observer:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        usable = False
    if not usable:
        raise ValueError(f"--effects {_shown(text)}: not an observer; write {FORMS}")
    if "{event_id}" not in text:
        raise ValueError(f"--effects {_shown(text)}: put {{event_id}} where the id belongs: {FORMS}")
    return HttpObserver(text)


def _shown(text: str) -> str:
    """Without user and password: somebody may have forgotten the `sql+` before a database's URL."""
    return re.sub(r"//.*@", "//***@", text, flags=re.DOTALL)
