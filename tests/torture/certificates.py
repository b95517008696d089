"""Certificates with one thing wrong each, all by an authority of our own."""

from __future__ import annotations

import datetime
import functools
import ssl
import warnings

import trustme

AUTHORITY = trustme.CA()
_YEAR = datetime.timedelta(days=365)


@functools.cache
def context(kind: str) -> ssl.SSLContext:
    """For a server whose certificate is `good`, `expired`, of the `future`, for an `other host`, of an `unknown`
    authority, that speaks only an `old` version of TLS, or wants a certificate of its client's (`mutual`)."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA() if kind == "unknown" else AUTHORITY
    now = datetime.datetime.now(datetime.UTC)
    times = {"expired": (now - _YEAR, now - _YEAR / 2), "future": (now + _YEAR / 2, now + _YEAR)}
    begins, ends = times.get(kind, (now - _YEAR, now + _YEAR))
    name = "other.example" if kind == "other host" else "127.0.0.1"
    authority.issue_cert(name, not_before=begins, not_after=ends).configure_cert(made)
    if kind == "mutual":
        AUTHORITY.configure_trust(made)
        made.verify_mode = ssl.CERT_REQUIRED
    if kind == "old":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_1
        made.set_ciphers("ALL:@SECLEVEL=0")
    return made


def trusting() -> ssl.SSLContext:
    """For a client that knows the authority."""
    made = ssl.create_default_context()
    AUTHORITY.configure_trust(made)
    return made
