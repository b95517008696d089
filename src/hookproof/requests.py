"""Reproducers for platforms: the calls of a check as curl commands, with tokens from the environment."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from hookproof.arrivals import Series
from hookproof.model import Attempt
from hookproof.platform import Platform
from hookproof.reproduce import reproduce

_TOKEN = "@TOKEN@"


def reproduce_calls(platform: Platform, calls: Sequence[Attempt], seen: Sequence[Series]) -> str:
    """Shell text that makes these calls again; beside it, as comments, what then arrived."""
    if not calls:
        return ""
    hidden = [_without_token(platform, call) for call in calls[:4]]
    text = reproduce(hidden, set(), platform.secret_env).replace(_TOKEN, f"'\"${platform.token_env}\"'")
    heard = [f"# then {line}" for series in seen[:3] for line in str(series).splitlines()]
    note = f"# the inbox of the run is gone: listen at {shlex.quote('http://127.0.0.1:9000')} or say another URL"
    return "\n".join([*([note] if seen else []), text, *heard])


def _without_token(platform: Platform, call: Attempt) -> Attempt:
    if platform.token is None:
        return call
    raw = platform.token.reveal()
    headers = tuple((name, value.replace(raw, _TOKEN.encode())) for name, value in call.delivery.headers)
    url = call.url.replace(raw.decode("latin-1"), _TOKEN)
    return replace(call, url=url, delivery=replace(call.delivery, headers=headers, url=url))
