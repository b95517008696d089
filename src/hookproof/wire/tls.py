"""TLS as an attempt needs it: one version of it or all, and what a certificate says."""

from __future__ import annotations

import ssl
import warnings
from functools import lru_cache
from typing import Any

_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


@lru_cache(maxsize=16)
def context(version: str, authorities: str) -> ssl.SSLContext:
    """A context for one version of TLS, or for all; made once, because reading the authorities takes 40 ms.

    Old versions need the ciphers that OpenSSL no longer offers by itself. `authorities`: what SSL_CERT_FILE says.
    """
    made = ssl.create_default_context()
    if not version:
        return made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = made.maximum_version = _VERSIONS[version]
    if version in ("TLSv1", "TLSv1.1"):
        made.set_ciphers("ALL:@SECLEVEL=0")
    return made


def described(certificate: Any) -> str:
    """Whom a certificate is for, who issued it and how long it is valid; empty without one."""
    if not certificate:
        return ""
    names = ", ".join(str(value) for _, value in certificate.get("subjectAltName", ()))
    issuer = [f"{key}={value}" for group in certificate.get("issuer", ()) for key, value in group]
    until = certificate.get("notAfter", "unknown")
    return f"for {names[:200] or 'nobody'}, issued by {', '.join(issuer)[:200] or 'nobody'}, valid until {until}"
