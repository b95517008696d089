"""Reproducers for platforms: the calls of a check as curl commands, with tokens from the environment."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote_plus

from hookproof.delivery.attempt import Attempt
from hookproof.evidence.reproduce import reproduce
from hookproof.target.sending_platform import SendingPlatform

_TOKEN, _QUOTED = "@TOKEN@", "@QUOTED-TOKEN@"


def reproduce_calls(platform: SendingPlatform, calls: Sequence[Attempt], arrived: Sequence[str]) -> str:
    """Shell text that makes these calls again; beside it, as comments, `arrived`: what then came, in words."""
    if not calls:
        return ""
    hidden = [_without_token(platform, call) for call in calls[:4]]
    lines = reproduce(hidden, set(), platform.secret_env).split("\n")
    text = "\n".join(_with_token(line, platform.token_env) for line in lines)
    heard = [f"# then {line}" for came in arrived[:3] for line in came.splitlines()]
    note = f"# the inbox of the run is gone: listen at {shlex.quote('http://127.0.0.1:9000')} or say another URL"
    return "\n".join([*([note] if arrived else []), text, *heard])


def _without_token(platform: SendingPlatform, call: Attempt) -> Attempt:
    """The call with marks where the token stands, as it is or escaped for a URL."""
    if platform.token is None:
        return call
    raw = platform.token.reveal()
    quoted = quote_plus(raw.decode("latin-1"))
    mark = _TOKEN if quoted.encode() == raw else _QUOTED
    headers = tuple((name, value.replace(raw, _TOKEN.encode())) for name, value in call.delivery.headers)
    head = call.exchange.request_head.replace(quoted.encode(), mark.encode()).replace(raw, _TOKEN.encode())
    url = call.url.replace(quoted, mark)
    delivery = replace(call.delivery, headers=headers, url=url)
    return replace(call, url=url, delivery=delivery, exchange=replace(call.exchange, request_head=head))


def _with_token(line: str, env: str) -> str:
    """A line of a reproducer, in shell or Python, that takes the token from the environment where the marks are."""
    if line.startswith("head = ") and (_TOKEN in line or _QUOTED in line):
        token = f"os.environ[{env!r}]"
        quoted = f"__import__('urllib.parse').parse.quote_plus({token}).encode()"
        return f"{line}.replace(b'{_QUOTED}', {quoted}).replace(b'{_TOKEN}', {token}.encode())"
    quote = f"""python3 -c 'import os, urllib.parse as u; print(u.quote_plus(os.environ["{env}"]))'"""
    return line.replace(_QUOTED, f"'\"$({quote})\"'").replace(_TOKEN, f"'\"${env}\"'")
