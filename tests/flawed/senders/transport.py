"""Flaws below HTTP."""

# ruff: noqa: RUF012

import ssl

from hookproof.reference.reference_platform import ReferencePlatform


class TrustsAnyCertificate(ReferencePlatform):
    """Verifies no certificate."""

    caught_by = "sender.transport.delivers-only-to-a-trusted-certificate"

    def tls(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


class TakesPlainHttpInProduction(ReferencePlatform):
    """Is said to be a production environment, and takes plain http as in development."""

    caught_by = "sender.transport.delivers-over-https-only"
    parameters = {"mode": "production"}
    options = {"mode": "development"}
