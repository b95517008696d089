"""Text and bytes of a target made fit to look at: nothing invisible, nothing endless, and never markup."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import escape
from itertools import groupby

import msgspec
from markupsafe import Markup

from hookproof.evidence.lines import (
    AttemptLine,
    BodyRecord,
    DifferenceRecord,
    HttpRecord,
    Json,
    PieceRecord,
    SignedRecord,
)

BODY_LIMIT = 4096
HEX_LIMIT = 512

# Letters and marks that draw nothing, though Unicode counts them as printable.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]+")
# What GitHub, Azure and TeamCity take for a command: two colons where a line begins, two hashes before these anywhere.
_COMMAND = re.compile(r"^\s*:(?=:)|#(?=#(?:\[|vso\[|teamcity\[))", re.MULTILINE)


@dataclass(frozen=True)
class Text:
    """A block of text to show, and what to say about it (its size, what was left out)."""

    head: str
    body: str
    note: str
    dump: str = ""


@dataclass(frozen=True)
class Contrast:
    """Two byte strings that should be equal, where they first differ."""

    what: str
    place: str
    expected: Text
    actual: Text


@dataclass(frozen=True)
class ShownAttempt:
    """One attempt as the page shows it."""

    n: int
    label: str
    line: str
    request: Text
    response: Text | None
    end: str
    timeline: list[str]
    signed: Text | None


def visible(text: str) -> str:
    """A text with every control, bidi, zero-width and odd blank character in it written out."""
    return _UNUSUAL.sub(lambda run: "".join(_written(char) for char in run.group()), text)


def spoken(text: str) -> str:
    """A text made `visible` for a log: nothing in the text is a command to the CI server that reads the log."""
    return _COMMAND.sub(lambda found: f"{found[0]} ", visible(text))


def marked(text: str) -> Markup:
    """A text made `visible` for HTML: what was written out is set apart from what was typed like it, as `\\x1b`."""
    pieces: list[str] = []
    end = 0
    for run in _UNUSUAL.finditer(text):
        pieces.append(escape(text[end : run.start()]))
        for hidden, chars in groupby(run.group(), _hidden):
            piece = "".join(chars)
            pieces.append(f'<span class="odd">{escape(visible(piece))}</span>' if hidden else escape(piece))
        end = run.end()
    return Markup("".join([*pieces, escape(text[end:])]))


def clip(text: str, limit: int) -> str:
    """The first `limit` characters, and how many more there were."""
    return text if len(text) <= limit else f"{text[:limit]}\n… {len(text) - limit:,} more characters"


def hexdump(data: bytes, start: int = 0) -> str:
    """Offset (of the first byte: `start`), hexadecimal and ASCII, sixteen bytes a line."""
    rows = ((start + at, data[at : at + 16]) for at in range(0, len(data), 16))
    return "\n".join(f"{at:08x}  {row.hex(' '):<47}  {re.sub(rb'[^ -~]', b'.', row).decode()}" for at, row in rows)


def shown_attempt(entry: Json, limit: int = BODY_LIMIT, dump: int = 0) -> ShownAttempt:
    """An attempt of the journal as request, response and timeline, `limit` characters and `dump` bytes of each."""
    attempt = msgspec.convert(entry, AttemptLine)
    status = attempt.outcome if attempt.status is None else str(attempt.status)
    return ShownAttempt(
        n=attempt.n,
        label=attempt.label,
        line=attempt.line,
        request=_text(f"{attempt.method} {attempt.url}", attempt.request, limit, dump),
        response=_text(status, attempt.response, limit, dump) if attempt.response else None,
        end=": ".join(filter(None, [attempt.outcome, attempt.detail])),
        timeline=[_moment(*moment) for moment in attempt.timeline],
        signed=_base_string(attempt.signed, attempt.request.body, limit) if attempt.signed else None,
    )


def contrast(found: DifferenceRecord) -> Contrast:
    """What the page says of a difference: which byte, what was expected there, what came."""
    offset = found.at - found.start
    came = [_byte(_decoded(piece), offset) for piece in (found.expected, found.actual)]
    return Contrast(
        what=found.what,
        place=f"{found.at:,}: expected {came[0]}, got {came[1]}",
        expected=_piece(found.expected, found.start),
        actual=_piece(found.actual, found.start),
    )


def _byte(data: bytes, at: int) -> str:
    """One byte in hexadecimal and, where it is one, as a character."""
    if not 0 <= at < len(data):
        return "nothing more"
    return f"0x{data[at]:02x}" + (f" {chr(data[at])!r}" if 32 < data[at] < 127 else "")


def _piece(piece: PieceRecord, start: int) -> Text:
    data = _decoded(piece)[:HEX_LIMIT]
    return Text("", hexdump(data, start), f"from byte {start:,} on, of {piece.whole:,}")


def _base_string(signed: SignedRecord, body: BodyRecord | None, limit: int) -> Text:
    """What a signature is made over. The key is never part of it."""
    if "{body}" not in signed.signs:
        return Text("", "", f"none: {signed.header} carries the secret itself")
    over = signed.over or body
    size = over.size if over else 0
    secret = "the secret" if signed.own_secret else "another secret"
    note = f"{signed.algorithm} with {secret}, in {signed.header} as {signed.value}"
    if signed.over is None and signed.signs == "{body}":
        return Text("", "", f"{note}, over the body as sent, {size:,} B")
    if signed.over is not None:
        note += f"; over other bytes than were sent, from byte {signed.differs_at or 0:,} on"
    shown = clip(over.text, limit) if over and over.text is not None else f"({size:,} B that are no text)"
    return Text("", signed.signs.replace("{body}", shown, 1), note)


def _hidden(char: str) -> bool:
    return char in _BLANK or not (char.isprintable() or char in "\n\t")


def _written(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii") if _hidden(char) else char


def _moment(at_s: float, event: str, size: int | None) -> str:
    return f"{1000 * at_s:.1f} ms {event}" + (f" {size:,} B" if size else "")


def _text(first: str, part: HttpRecord, limit: int, dump: int) -> Text:
    lines = [first, *(f"{name}: {value}" for name, value in part.headers)]
    head = "\n".join(line.replace("\n", "\\n") for line in lines)
    body, note = _body(part.body, limit) if part.body else ("", "no body")
    dumped = hexdump(_decoded(part.body)[:dump]) if part.body and part.body.text else ""
    return Text(clip(head, limit), body, note, dumped)


def _body(body: BodyRecord, limit: int) -> tuple[str, str]:
    """What to show of a body, and its size."""
    data, text = _decoded(body), body.text
    shown = min(HEX_LIMIT, limit) if text is None else limit
    cut = body.cut or len(data) > shown or len(data) < body.size
    note = f"first {min(len(data), shown):,} of {body.size:,} B" if cut else f"{body.size:,} B"
    return hexdump(data[:shown]) if text is None else text[:limit], note


def _decoded(body: BodyRecord) -> bytes:
    if body.text is not None:
        return body.text.encode("utf-8", "replace")
    try:
        return base64.b64decode(body.base64 or "")
    except ValueError:
        return b""
