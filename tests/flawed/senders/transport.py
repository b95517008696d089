"""Flaws below HTTP."""

# ruff: noqa: RUF012

import ssl

from hookproof.reference.platform import ReferencePlatform


class TrustsAnyCertificate(ReferencePlatform):
    """Verifies no certificate."""

    bug = ""
    caught_by = "sender.transport.delivers-only-to-a-trusted-certificate"
    also = None

    def tls(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


class TakesPlainHttpInProduction(ReferencePlatform):
    """Is said to be a production environment, and takes plain http as in development."""

    bug = ""
    caught_by = "sender.transport.delivers-over-https-only"
    also = None
    parameters = {"mode": "production"}
    options = {"mode": "development"}
