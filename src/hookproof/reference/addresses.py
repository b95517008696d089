"""Which URLs a platform delivers to: none that leads into its own network, however it is spelt. Pure."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

MOST = 2048
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_INSIDE = ("localhost", "local", "internal", "localdomain", "home.arpa", "lan")


def complaint(url: object, *, production: bool) -> str:
    """Why deliveries do not go there; empty if they may. In development loopback is allowed, in its usual spelling."""
    if not isinstance(url, str) or not url:
        return "url is a text"
    if len(url) > MOST or not url.isprintable() or re.search(r"[\s\\]", url):
        return f"url has at most {MOST} characters, all of them printable, without blanks and backslashes"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "url cannot be read"
    if parts.scheme not in (("https",) if production else ("http", "https")):
        return "url begins with https://" if production else "url begins with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "url has no user and no password in it"
    if not host or port == 0:
        return "url names a host"
    return _of_host(host, parts, production=production)


def _of_host(host: str, parts: SplitResult, *, production: bool) -> str:
    literal = address(host) if "[" in parts.netloc else None
    if "[" in parts.netloc and literal is None:
        return "url has no such address"
    literal = literal or address(host)
    if literal is not None:
        return "" if allowed(str(literal), production=production) else "url leads to an address that is not public"
    try:
        name = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        return "url has no such host name"
    labels = name.split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        return "url has no such host name"  # 0x7f000001, 2130706433 and 127.1 are addresses to many a resolver
    inside = any(name == each or name.endswith(f".{each}") for each in _INSIDE)
    if inside and (production or name != "localhost"):
        return "url leads to a name that is not public"
    return ""


def address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, if it is one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def allowed(text: str, *, production: bool) -> bool:
    """Whether an address is public, or plain loopback in development."""
    found = address(text.partition("%")[0])
    if found is None or "%" in text:
        return False
    if found.is_loopback and not getattr(found, "ipv4_mapped", None):
        return not production
    if isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped or found.sixtofour or found.teredo):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved
