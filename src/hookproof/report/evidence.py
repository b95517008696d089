"""Text and bytes of a target made fit to look at: nothing invisible, nothing endless, and never markup."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from itertools import groupby

import msgspec
from markupsafe import Markup

from hookproof.report.lines import Attempt, Body, Json, Part

BODY_LIMIT = 4096
HEX_LIMIT = 512

# Letters and marks that draw nothing, though Unicode counts them as printable.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]+")
_ODD = Markup('<span class="odd">{}</span>')


@dataclass(frozen=True)
class Text:
    """A block of text to show, and what to say about it (its size, what was left out)."""

    head: str
    body: str
    note: str


@dataclass(frozen=True)
class Exchange:
    """One attempt as the page shows it."""

    n: int
    label: str
    line: str
    request: Text
    response: Text | None
    end: str
    timeline: list[str]


def visible(text: str) -> str:
    """The same text with every control, bidi, zero-width and odd blank character written out."""
    return _UNUSUAL.sub(lambda run: "".join(_written(char) for char in run.group()), text)


def marked(text: str) -> Markup:
    """As `visible`, for HTML: what was written out is set apart, so `\\x1b` typed and meant look different."""
    pieces: list[Markup] = []
    end = 0
    for run in _UNUSUAL.finditer(text):
        pieces.append(Markup.escape(text[end : run.start()]))
        for hidden, chars in groupby(run.group(), _hidden):
            piece = "".join(chars)
            pieces.append(_ODD.format(visible(piece)) if hidden else Markup.escape(piece))
        end = run.end()
    return Markup("").join([*pieces, Markup.escape(text[end:])])


def clip(text: str, limit: int) -> str:
    """The first `limit` characters, and how many more there were."""
    return text if len(text) <= limit else f"{text[:limit]}\n… {len(text) - limit:,} more characters"


def hexdump(data: bytes) -> str:
    """Offset, hexadecimal and ASCII, sixteen bytes a line."""
    rows = ((at, data[at : at + 16]) for at in range(0, len(data), 16))
    return "\n".join(f"{at:08x}  {row.hex(' '):<47}  {re.sub(rb'[^ -~]', b'.', row).decode()}" for at, row in rows)


def exchange(entry: Json, limit: int = BODY_LIMIT) -> Exchange:
    """An attempt of the journal as request, response and timeline, `limit` characters of each."""
    attempt = msgspec.convert(entry, Attempt)
    status = attempt.outcome if attempt.status is None else str(attempt.status)
    return Exchange(
        n=attempt.n,
        label=attempt.label,
        line=attempt.line,
        request=_text(f"{attempt.method} {attempt.url}", attempt.request, limit),
        response=_text(status, attempt.response, limit) if attempt.response else None,
        end=": ".join(filter(None, [attempt.outcome, attempt.detail])),
        timeline=[_moment(*moment) for moment in attempt.timeline],
    )


def _hidden(char: str) -> bool:
    return char in _BLANK or not (char.isprintable() or char in "\n\t")


def _written(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii") if _hidden(char) else char


def _moment(at_s: float, event: str, size: int | None) -> str:
    return f"{1000 * at_s:.1f} ms {event}" + (f" {size:,} B" if size else "")


def _text(first: str, part: Part, limit: int) -> Text:
    lines = [first, *(f"{name}: {value}" for name, value in part.headers)]
    head = "\n".join(line.replace("\n", "\\n") for line in lines)
    body, note = _body(part.body, limit) if part.body else ("", "no body")
    return Text(clip(head, limit), body, note)


def _body(body: Body, limit: int) -> tuple[str, str]:
    """What to show of a body, and its size."""
    data, text = _decoded(body), body.text
    shown = min(HEX_LIMIT, limit) if text is None else limit
    cut = body.cut or len(data) > shown or len(data) < body.size
    note = f"first {min(len(data), shown):,} of {body.size:,} B" if cut else f"{body.size:,} B"
    return hexdump(data[:shown]) if text is None else text[:limit], note


def _decoded(body: Body) -> bytes:
    if body.text is not None:
        return body.text.encode("utf-8", "replace")
    try:
        return base64.b64decode(body.base64 or "")
    except ValueError:
        return b""
