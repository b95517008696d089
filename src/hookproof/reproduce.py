"""Reproducers: shell text that sends the very bytes of an attempt again, with secrets from the environment."""

from __future__ import annotations

import base64
import gzip
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hookproof.model import Attempt, Delivery, Manner

MOST = 4
_MARK = "@SIGNATURE@"


def reproduce(attempts: Sequence[Attempt], at_once: set[int], secret_env: str, observer: str = "") -> str:
    """Shell text that repeats the attempts, in order; equal ones are repeated, at once where they were."""
    steps = []
    for first, count in _runs(attempts)[:MOST]:
        step = _step(first, secret_env)
        steps.append(f"# {first.delivery.label}\n{step.repeated(count, at_once=first.n in at_once)}")
    if observer:
        steps.append(f"# effects\ncurl -sS {shlex.quote(observer)}")
    return "\n".join(steps)


@dataclass(frozen=True)
class _Step:
    """A command, what it reads from standard input, and what is prepared before it and removed after it."""

    command: str
    given: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def repeated(self, count: int, *, at_once: bool) -> str:
        lines = [self.command + " &" * (at_once and count > 1), *([self.given] if self.given else [])]
        if count > 1:
            lines = [f"for i in $(seq {count}); do", *lines, "done" + "; wait" * at_once]
        return "\n".join([*self.before, *lines, *self.after])


def _runs(attempts: Sequence[Attempt]) -> list[tuple[Attempt, int]]:
    runs: list[tuple[Attempt, int]] = []
    for attempt in attempts:
        if runs and runs[-1][0].delivery == attempt.delivery and runs[-1][0].manner == attempt.manner:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((attempt, 1))
    return runs


def _step(attempt: Attempt, secret_env: str) -> _Step:
    plain = attempt.manner in (Manner(), Manner(expect=True))
    clean = all(_ascii(name) and _ascii(value) and value for name, value in attempt.delivery.headers)
    return _curl(attempt, secret_env) if plain and clean else _python(attempt, secret_env)


def _ascii(raw: bytes) -> bool:
    return all(32 <= byte < 127 for byte in raw)


def _curl(attempt: Attempt, secret_env: str) -> _Step:
    delivery, files = attempt.delivery, ["$B"]
    lines = [f"B=$(mktemp); {_bytes(delivery.body)} > $B"]
    headers = [(name.decode(), value.decode()) for name, value in delivery.headers]
    if needs_secret(delivery):
        assert delivery.seal
        over = "$B"
        if delivery.seal.over != delivery.body:
            lines.append(f"O=$(mktemp); {_bytes(delivery.seal.over)} > $O")
            over = "$O"
            files.append(over)
        lines.append(f"S=$({_openssl(delivery, over, secret_env)})")
    words = ["curl -isS --http1.1 -X", delivery.method]
    for name, value in headers:
        words.append("-H " + _header(name, value, delivery))
    if attempt.manner.expect:
        words.append("-H 'Expect: 100-continue'")
    words += ["--data-binary @$B", shlex.quote(attempt.url)]
    return _Step(" ".join(words), before=tuple(lines), after=(f"rm {' '.join(files)}",))


def needs_secret(delivery: Delivery) -> bool:
    """Whether the delivery carries a signature made with the run's own key."""
    seal = delivery.seal
    return bool(seal and not seal.foreign and seal.value and seal.value in _all_values(delivery))


def _all_values(delivery: Delivery) -> str:
    return "\n".join(value.decode("latin-1") for _, value in delivery.headers)


def _header(name: str, value: str, delivery: Delivery) -> str:
    if needs_secret(delivery) and delivery.seal and delivery.seal.value in value:
        before, _, after = value.partition(delivery.seal.value)
        return shlex.quote(f"{name}: {before}") + '"$S"' + (shlex.quote(after) if after else "")
    return shlex.quote(f"{name}: {value}")


def _openssl(delivery: Delivery, over: str, secret_env: str) -> str:
    """Computes the header's value over a file's bytes."""
    scheme = getattr(delivery.signer, "scheme", None)
    assert scheme, "a sealed delivery has a scheme"
    if not scheme.covers_the_body:
        return f'printf %s "${secret_env}"'
    digest = scheme.algorithm.removeprefix("hmac-")
    before, _, after = scheme.signs.partition("{body}")
    frame = f"{{ printf %s {shlex.quote(before)}; cat {over}; printf %s {shlex.quote(after)}; }}"
    feed = frame if before or after else f"cat {over}"
    hexed = "-r | cut -d' ' -f1" if "{digest_hex}" in scheme.value else "-binary | base64 -w0"
    lead, _, tail = scheme.value.replace("{digest_base64}", "{digest_hex}").partition("{digest_hex}")
    core = f'{feed} | openssl dgst -{digest} -hmac "${secret_env}" {hexed}'
    return core if not (lead or tail) else f"printf '%s%s%s' {shlex.quote(lead)} $({core}) {shlex.quote(tail)}"


def _bytes(raw: bytes) -> str:
    """A command that prints exactly these bytes."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and len(raw) < 3000 and (text or not raw):
        return f"printf %s {shlex.quote(text)}"
    packed = base64.b64encode(gzip.compress(raw, mtime=0)).decode()
    return f"echo {packed} | base64 -d | gunzip"


def _python(attempt: Attempt, secret_env: str) -> _Step:
    """What curl cannot say: a script that writes the bytes to a socket."""
    delivery, manner, parts = attempt.delivery, attempt.manner, urlsplit(attempt.url)
    head = attempt.exchange.request_head
    sign = "signature = b''"
    if needs_secret(delivery) and delivery.seal:
        head = head.replace(delivery.seal.value.encode(), _MARK.encode())
        scheme = delivery.signer.scheme  # type: ignore[union-attr]
        before, _, after = scheme.signs.partition("{body}")
        same = delivery.seal.over == delivery.body
        sign = (
            f"signature = os.environ[{secret_env!r}].encode()"
            if not scheme.covers_the_body
            else "\n".join(
                [
                    f"over = {'body' if same else _unpack(delivery.seal.over)}",
                    f"over = {before.encode()!r} + over + {after.encode()!r}",
                    f"digest = hmac.digest(os.environ[{secret_env!r}].encode(), over, {scheme.algorithm[5:]!r})",
                    f"value = {scheme.value!r}.format(digest_hex=digest.hex(),"
                    " digest_base64=base64.b64encode(digest).decode())",
                    "signature = value.encode()",
                ]
            )
        )
    port = parts.port or (443 if parts.scheme == "https" else 80)
    tls = f"s = ssl.create_default_context().wrap_socket(s, server_hostname={parts.hostname!r})"
    script = f"""import base64, gzip, hmac, os, socket, ssl, time
body = {_unpack(delivery.body)}
{sign}
head = {head!r}.replace({_MARK.encode()!r}, signature)
s = socket.create_connection(({parts.hostname!r}, {port}), timeout=15)
{tls if parts.scheme == "https" else "# plain http"}
{_sending(manner)}
{"s.close()" if manner.hang_up else "print(s.makefile('rb').read().decode('utf-8', 'replace'))"}"""
    return _Step("python3 - <<'HOOKPROOF'", given=f"{script}\nHOOKPROOF")


def _unpack(raw: bytes) -> str:
    packed = base64.b64encode(gzip.compress(raw, mtime=0)).decode()
    return f"gzip.decompress(base64.b64decode({json.dumps(packed)}))"


def _sending(manner: Manner) -> str:
    if manner.chunk:
        return (
            "s.sendall(head + b''.join(b'%x\\r\\n%b\\r\\n' % (len(p), p) for p in "
            f"(body[i:i + {manner.chunk}] for i in range(0, len(body), {manner.chunk}))) + b'0\\r\\n\\r\\n')"
        )
    if manner.spread_s:
        return (
            "s.sendall(head)\nfor i in range(0, len(body), len(body) // 20 + 1):\n"
            f"    time.sleep({manner.spread_s / 20}); s.sendall(body[i:i + len(body) // 20 + 1])"
        )
    if manner.keep < 1:
        return f"s.sendall(head + body[:int(len(body) * {manner.keep})])"
    return "s.sendall(head + body)"
