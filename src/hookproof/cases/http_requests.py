"""A genuine delivery in another HTTP request: method, content type, repetition."""

from __future__ import annotations

from hookproof.delivery.model import Case
from hookproof.providers.events import Maker


def other_methods(maker: Maker) -> dict[str, Case]:
    """Methods that carry a body but are not POST."""
    return {method: _method(method) for method in ("PUT", "PATCH", "DELETE")}


def every_method(maker: Maker) -> dict[str, Case]:
    """Methods that a browser, a proxy or a scanner sends."""
    return {method: _method(method) for method in ("GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND")}


def unsigned_requests(maker: Maker) -> dict[str, Case]:
    """Ways around a check that looks at some requests only."""
    return {f"as {name}": _unsigned(case) for name, case in other_content_types(maker).items()}


def _unsigned(case: Case) -> Case:
    return lambda delivery: case(delivery).unsigned()


def _method(method: str) -> Case:
    if method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        return lambda delivery: delivery.with_signed_body(b"", "without a body").with_method(method)
    return lambda delivery: delivery.with_method(method)


def _genuine(case: Case) -> Case:
    return lambda delivery: case(delivery).as_genuine()


def _content_type(value: str) -> Case:
    return lambda delivery: delivery.with_header("Content-Type", value, f"as {value}")


def content_type_spellings(maker: Maker) -> dict[str, Case]:
    """Media types have no case and may carry a charset (RFC 9110, 8.3.1)."""
    documented = maker.writing.content_type
    if "boundary=" in documented:
        return {}
    spellings = (f"{documented}; charset=utf-8", f"{documented};charset=UTF-8", documented.title(), documented.upper())
    return {spelling: _genuine(_content_type(spelling)) for spelling in spellings}


def other_content_types(maker: Maker) -> dict[str, Case]:
    """What scanners and mistaken senders declare."""
    form, parts = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
    types = ("text/plain", form, parts, "text/xml", "nonsense")
    found: dict[str, Case] = {value: _content_type(value) for value in types}
    found["none"] = lambda delivery: delivery.without_header("Content-Type", "without a content type")
    return found
