"""HAR 1.2, the file in which browsers, proxies and request bins keep HTTP: entries out and in. Pure.

Source: HTTP Archive 1.2 Spec (2007-2012), "HAR Data Structure"; a field that begins with _ is the program's own.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from hookproof.delivery.model import Headers

_PSEUDO = ":"
"""Begins the names of HTTP/2's pseudo-headers, which are no headers in HTTP/1.1."""


class HarError(Exception):
    """What cannot be read as HAR. Its text is one line, which names the entry."""


@dataclass(frozen=True)
class HarEntry:
    """One request of a HAR, and its answer if there was one. `took_s`: seconds. `at`: ISO 8601."""

    at: str
    method: str
    url: str
    headers: Headers
    body: bytes
    status: int | None
    answer_headers: Headers
    answer_body: bytes
    took_s: float


def entry(
    *,
    at: str,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    answer: tuple[int, Headers, bytes, float] | None,
) -> dict[str, Any]:
    """One entry; `answer` is status, headers, body and seconds. Bytes that are no text are Base64, and marked so."""
    status, given, content, took_s = answer or (0, (), b"", 0.0)
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "queryString": _query(url),
        "headersSize": -1,
        "bodySize": len(body),
    }
    if body:
        text, encoding = _text(body)
        marked = {"_encoding": encoding} if encoding else {}
        request["postData"] = {"mimeType": _type(headers), "params": [], "text": text, **marked}
    text, encoding = _text(content)
    told = {"encoding": encoding} if encoding else {}
    return {
        "startedDateTime": at,
        "time": round(took_s * 1000, 3),
        "request": request,
        "response": {
            "status": status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(given),
            "content": {"size": len(content), "mimeType": _type(given), "text": text, **told},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(content),
        },
        "cache": {},
        "timings": {"send": 0, "wait": round(took_s * 1000, 3), "receive": 0},
    }


def text(entries: list[dict[str, Any]]) -> str:
    """A whole HAR file."""
    log = {"version": "1.2", "creator": {"name": "hookproof", "version": "1"}, "entries": entries}
    return json.dumps({"log": log}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read(document: Any) -> list[HarEntry]:
    """Every entry of a HAR. Raises HarError naming the first that cannot be read."""
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise HarError("is no HAR: it has no `log.entries`")
    found = []
    for at, one in enumerate(entries):
        try:
            found.append(_read(one))
        except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
            raise HarError(f"log.entries[{at}]: {type(error).__name__}: {error}; take the entry out") from None
    return found


def _read(one: dict[str, Any]) -> HarEntry:
    request, response = one["request"], one.get("response") or {}
    content = response.get("content") or {}
    status = int(response.get("status") or 0)
    return HarEntry(
        at=str(one["startedDateTime"]),
        method=str(request["method"]),
        url=str(request["url"]),
        headers=_headers(request["headers"]),
        body=_body(request.get("postData") or {}),
        status=status if 100 <= status <= 999 else None,
        answer_headers=_headers(response.get("headers") or []),
        answer_body=_decoded(content.get("text") or "", content.get("encoding")),
        took_s=max(0.0, float(one.get("time") or 0.0)) / 1000,
    )


def _body(posted: dict[str, Any]) -> bytes:
    """The bytes of a request; a form of which only the parameters were kept is written again."""
    if posted.get("text") or not posted.get("params"):
        return _decoded(posted.get("text") or "", posted.get("_encoding") or posted.get("encoding"))
    return urlencode([(one["name"], one.get("value") or "") for one in posted["params"]]).encode()


def _decoded(text: str, encoding: str | None) -> bytes:
    return base64.b64decode(text, validate=True) if encoding == "base64" else text.encode(errors="surrogatepass")


def _text(raw: bytes) -> tuple[str, str]:
    """Bytes as a text, and how it is encoded; empty where the text is the bytes' own."""
    try:
        return raw.decode(), ""
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode(), "base64"


def header_bytes(text: str) -> bytes:
    """A header's bytes: Latin-1, or UTF-8 where that cannot say it."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def _headers(pairs: list[dict[str, str]]) -> Headers:
    named = [(str(one["name"]), str(one["value"])) for one in pairs]
    return tuple((header_bytes(name), header_bytes(value)) for name, value in named if not name.startswith(_PSEUDO))


def _pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name.decode("latin-1"), "value": value.decode("latin-1")} for name, value in headers]


def _type(headers: Headers) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "")


def _query(url: str) -> list[dict[str, str]]:
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]
