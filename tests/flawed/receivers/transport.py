"""Flaws in what lies below HTTP: certificates, versions of TLS, and plain http beside it."""

# ruff: noqa: RUF012

import ssl

from hookproof.reference.receiver import ReferenceReceiver
from tests.flawed.groups import ACKNOWLEDGEMENTS, TLS_VERSIONS


class _Secure(ReferenceReceiver):
    """Is reached over https, with a certificate that is trusted."""

    provider = "waping"
    certificate = "trusted"
    times = {"deadline": 3.0}


class PresentsAnotherHostsCertificate(_Secure):
    """Presents a certificate that is trusted for another host."""

    caught_by = "receiver.transport.presents-a-valid-certificate"
    also = (ACKNOWLEDGEMENTS - {"receiver.acknowledgement.acknowledges-a-slow-upload"}) | TLS_VERSIONS
    certificate = "another host's"


class PresentsAnExpiredCertificate(_Secure):
    """Presents a certificate that was valid until last year."""

    caught_by = "receiver.transport.presents-a-valid-certificate"
    also = (ACKNOWLEDGEMENTS - {"receiver.acknowledgement.acknowledges-a-slow-upload"}) | TLS_VERSIONS
    certificate = "expired"


class SpeaksOnlyTls13(_Secure):
    """Speaks TLS 1.3 and nothing else, which many senders do not."""

    caught_by = "receiver.transport.accepts-tls-1-2"

    @staticmethod
    def tls(context):
        context.minimum_version = ssl.TLSVersion.TLSv1_3


class SpeaksNoTls13(_Secure):
    """Speaks nothing later than TLS 1.2."""

    caught_by = "receiver.transport.accepts-tls-1-3"

    @staticmethod
    def tls(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2


class SpeaksOldTls(_Secure):
    """Still speaks TLS 1.0 and 1.1."""

    caught_by = "receiver.transport.refuses-old-tls"

    @staticmethod
    def tls(context):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")


class SpeaksPlainHttpToo(_Secure):
    """Takes deliveries at the same port without TLS."""

    caught_by = "receiver.transport.takes-no-delivery-over-plain-http"
    plain = True
