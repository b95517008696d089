"""Reproducers: shell text that sends the very bytes of an attempt again, with secrets from the environment."""

from __future__ import annotations

import base64
import gzip
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hookproof.delivery import placed
from hookproof.delivery.asymmetric import ED25519
from hookproof.delivery.attempt import Attempt, Manner
from hookproof.delivery.model import Delivery, Signer
from hookproof.delivery.signature import BASIC, Scheme

MOST = 4
_MARK = "@SIGNATURE{}@"
_KEY = b"@KEY@"


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


@dataclass(frozen=True)
class _Sealed:
    """A signature of ours in a request: its value as it stands there, and the bytes that it is made over."""

    scheme: Scheme
    value: str
    over: bytes
    item: str = ""

    @property
    def in_shell(self) -> bool:
        """Whether openssl and printf can make it again."""
        plain = self.scheme.keyed or not self.scheme.covers_the_body
        return plain and not self.scheme.place and "{secret}" not in self.scheme.signs


def _sealed(delivery: Delivery) -> list[_Sealed]:
    """Every signature in a delivery that was made with the run's own key."""
    found: list[_Sealed] = []
    seal, signer = delivery.seal, delivery.signer
    if seal and signer and not seal.foreign and seal.value and seal.value in delivery.signature:
        found += _of_each_item(signer, delivery) if signer.scheme.place else [
            _Sealed(signer.scheme, seal.value, seal.over)
        ]  # fmt: skip
    for other in delivery.companions:
        value = other.sign(delivery.body)
        if (delivery.header(other.header) or b"").decode("latin-1") == value:
            found.append(_Sealed(other.scheme, value, delivery.body))
    return found


def _of_each_item(signer: Signer, delivery: Delivery) -> list[_Sealed]:
    """The signatures that stand in the body."""
    items = placed.items(delivery.payload, signer.scheme)
    return [_Sealed(signer.scheme, signer.sign(delivery.body, item=item), delivery.body, item) for item in items]


def _step(attempt: Attempt, secret_env: str) -> _Step:
    plain = attempt.manner in (Manner(), Manner(expect=True))
    clean = all(_ascii(name) and _ascii(value) and value for name, value in attempt.delivery.headers)
    sayable = plain and clean and all(one.in_shell for one in _sealed(attempt.delivery))
    return _curl(attempt, secret_env) if sayable else _python(attempt, secret_env)


def _ascii(raw: bytes) -> bool:
    return all(32 <= byte < 127 for byte in raw)


def _curl(attempt: Attempt, secret_env: str) -> _Step:
    delivery, files = attempt.delivery, ["$B"]
    lines = [f"B=$(mktemp); {_bytes(delivery.body)} > $B"]
    headers = [(name.decode(), value.decode()) for name, value in delivery.headers]
    sealed = {f"$S{number or ''}": one for number, one in enumerate(_sealed(delivery))}
    for name, one in sealed.items():
        over = "$B"
        if one.over != delivery.body:
            lines.append(f"O=$(mktemp); {_bytes(one.over)} > $O")
            over = "$O"
            files.append(over)
        lines.append(f"{name[1:]}=$({_openssl(one, over, secret_env)})")
    words = ["curl -isS --http1.1 -X", delivery.method]
    for header, value in headers:
        words.append("-H " + _header(header, value, sealed))
    if attempt.manner.expect:
        words.append("-H 'Expect: 100-continue'")
    words += ["--data-binary @$B", shlex.quote(attempt.url)]
    return _Step(" ".join(words), before=tuple(lines), after=(f"rm {' '.join(files)}",))


def _header(name: str, value: str, sealed: dict[str, _Sealed]) -> str:
    for variable, one in sealed.items():
        if name.lower() == one.scheme.header and one.value in value:
            before, _, after = value.partition(one.value)
            return shlex.quote(f"{name}: {before}") + f'"{variable}"' + (shlex.quote(after) if after else "")
    return shlex.quote(f"{name}: {value}")


def _openssl(sealed: _Sealed, over: str, secret_env: str) -> str:
    """Computes the header's value over a file's bytes."""
    scheme = sealed.scheme
    lead, tail = scheme.lead, scheme.tail
    if not scheme.covers_the_body:
        if scheme.algorithm == BASIC:
            return f'printf %s%s%s {shlex.quote(lead)} "$(printf %s "${secret_env}" | base64 -w0)" {shlex.quote(tail)}'
        around = f'printf %s%s%s {shlex.quote(lead)} "${secret_env}" {shlex.quote(tail)}'
        return around if lead or tail else f'printf %s "${secret_env}"'
    pieces = [_bytes(piece) for piece in scheme.pieces(sealed.over)]
    feed = f"cat {over}" if pieces == [_bytes(b"")] * 2 else f"{{ {f'; cat {over}; '.join(pieces)}; }}"
    hexed = "-r | cut -d' ' -f1" if scheme.hexed else "-binary | base64 -w0"
    core = f"{feed} | openssl dgst -{scheme.hash_name} {_openssl_key(scheme, secret_env)} {hexed}"
    return core if not (lead or tail) else f"printf '%s%s%s' {shlex.quote(lead)} $({core}) {shlex.quote(tail)}"


def _openssl_key(scheme: Scheme, secret_env: str) -> str:
    """The options by which openssl takes the key that the secret's text stands for."""
    if scheme.key == "utf-8" and not scheme.key_prefix:
        return f'-hmac "${secret_env}"'
    text = f"${{{secret_env}#{scheme.key_prefix}}}" if scheme.key_prefix else f"${secret_env}"
    turned = {"base64": " | base64 -d | xxd -p -c 256", "hex": "", "utf-8": " | xxd -p -c 256"}[scheme.key]
    return f'-mac HMAC -macopt hexkey:$(printf %s "{text}"{turned})'


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
    head, body = attempt.exchange.request_head, delivery.body
    lines, marks = [], []
    for number, one in enumerate(_sealed(delivery)):
        mark = _MARK.format(number or "").encode()
        if one.scheme.place:
            body = body.replace(one.value.encode(), mark, 1)
        head = head.replace(one.value.encode(), mark)
        marks.append(f".replace({mark!r}, signature{number or ''})")
        lines += _signing(one, delivery.body, f"signature{number or ''}", secret_env)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    tls = f"s = ssl.create_default_context().wrap_socket(s, server_hostname={parts.hostname!r})"
    script = "\n".join(
        [
            "import base64, gzip, hashlib, hmac, os, socket, ssl, time",
            f"body = {_unpack(body)}",
            *lines,
            *([f"body = body{''.join(marks)}"] if body != delivery.body else []),
            f"head = {head!r}{''.join(marks)}",
            f"s = socket.create_connection(({parts.hostname!r}, {port}), timeout=15)",
            tls if parts.scheme == "https" else "# plain http",
            _sending(manner),
            "s.close()" if manner.hang_up else "print(s.makefile('rb').read().decode('utf-8', 'replace'))",
        ]
    )
    return _Step("python3 - <<'HOOKPROOF'", given=f"{script}\nHOOKPROOF")


def _signing(one: _Sealed, body: bytes, name: str, secret_env: str) -> list[str]:
    """Lines of a script that set this name to a signature's value."""
    scheme = one.scheme
    if not scheme.covers_the_body:
        return [f"{name} = ({scheme.lead!r} + {_python_credential(scheme, secret_env)} + {scheme.tail!r}).encode()"]
    pieces = scheme.pieces(one.over, _KEY, one.item)
    over = repr(pieces[0]) if len(pieces) == 1 else f"over.join({list(pieces)!r})"
    same = "body" if one.over == body and not scheme.place else _unpack(one.over)
    lines = [f"over = {same}"] if len(pieces) > 1 else []
    if pieces != (b"", b""):
        lines.append(f"over = {over}")
    key = _python_key(scheme, secret_env)
    if scheme.keyed:
        lines.append(f"digest = hmac.digest({key}, over, {scheme.hash_name!r})")
    elif scheme.pair:
        edwards = scheme.algorithm == ED25519
        lines += [
            _PAIR.format(made=_MADE[edwards]),
            f"key = private_key(os.environ[{secret_env!r}].strip().removeprefix({scheme.key_prefix!r}))",
        ]
        more = "" if edwards else ", ec.ECDSA(hashes.SHA256())"
        lines.append(f"digest = key.sign(over{more})")
    else:
        lines.append(f"digest = hashlib.new({scheme.hash_name!r}, over.replace({_KEY!r}, {key})).digest()")
    lines.append(f"text = {'digest.hex()' if scheme.hexed else 'base64.b64encode(digest).decode()'}")
    return [*lines, f"{name} = ({scheme.lead!r} + text + {scheme.tail!r}).encode()"]


_PAIR = """# needs: pip install cryptography
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
def private_key(text):
    if text.startswith('-----BEGIN'):
        return serialization.load_pem_private_key(text.encode(), None)
    seed = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text)[:32]
    return {made}"""
_MADE = {
    True: "ed25519.Ed25519PrivateKey.from_private_bytes(seed)",
    False: "ec.derive_private_key(int.from_bytes(seed, 'big'), ec.SECP256R1())",
}


def _python_key(scheme: Scheme, secret_env: str) -> str:
    """An expression for the key that the secret's text stands for."""
    prefix = f".removeprefix({scheme.key_prefix!r})" if scheme.key_prefix else ""
    text = f"os.environ[{secret_env!r}]{prefix}"
    return {"base64": f"base64.b64decode({text})", "hex": f"bytes.fromhex({text})"}.get(scheme.key, f"{text}.encode()")


def _python_credential(scheme: Scheme, secret_env: str) -> str:
    """An expression for the text that stands for the secret in a header."""
    text = f"os.environ[{secret_env!r}]"
    return f"base64.b64encode({text}.encode()).decode()" if scheme.algorithm == BASIC else text


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
