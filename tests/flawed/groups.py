"""Groups of checks that one flaw makes fail together, so that a flaw says at a glance what it breaks.

A flaw adds single checks to a group, or takes them from it. `Anything` is for a flaw that nobody can say this of.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Anything:
    """What else is unmet depends on the moment: a whole run says other checks each time. `because` says why."""

    because: str


# What a receiver must acknowledge.

ACKNOWLEDGEMENTS = frozenset(
    {
        "receiver.acknowledgement.acknowledges-a-slow-upload",
        "receiver.acknowledgement.acknowledges-before-it-fetches-the-media",
        "receiver.acknowledgement.acknowledges-every-documented-kind",
        "receiver.acknowledgement.acknowledges-simultaneous-deliveries",
        "receiver.acknowledgement.acknowledges-the-largest-documented-delivery",
        "receiver.acknowledgement.acknowledges-while-another-sender-stalls",
    }
)
"""Acknowledging a genuine WhatsAble delivery at all, whatever it is and whatever happens beside it."""

BATCH_ACKNOWLEDGEMENTS = frozenset(
    {
        "receiver.acknowledgement.acknowledges-a-batch",
        "receiver.acknowledgement.acknowledges-a-damaged-batch",
        "receiver.acknowledgement.acknowledges-a-tainted-batch",
    }
)
"""Acknowledging a body with several events in it."""

TEXT_ACKNOWLEDGEMENTS = frozenset(
    {
        "receiver.acknowledgement.acknowledges-every-documented-kind",
        "receiver.acknowledgement.acknowledges-the-largest-documented-delivery",
        "receiver.payload.acknowledges-every-valid-delivery",
        "receiver.payload.acknowledges-texts-of-every-script",
    }
)
"""Acknowledging bodies that are not ASCII."""

OTHER_FORMS = frozenset(
    {
        "receiver.acknowledgement.acknowledges-an-empty-body-of-events",
        "receiver.payload.acknowledges-an-unknown-event-type",
        "receiver.payload.acknowledges-every-valid-delivery",
        "receiver.payload.survives-every-invalid-delivery",
    }
)
"""Standing a body without the list or object that most bodies of a platform have."""

# What a receiver must do because of a delivery.

BATCH_EFFECTS = frozenset(
    {
        "receiver.processing.processes-every-event-of-a-batch",
        "receiver.processing.processes-the-good-events-of-a-damaged-batch",
        "receiver.processing.processes-the-good-events-of-a-tainted-batch",
    }
)
"""Processing each good event of a body with several in it."""

RETRIES_PROCESSED_ONCE = frozenset(
    {
        "receiver.idempotency.processes-a-late-retry-once",
        "receiver.idempotency.processes-a-re-serialised-retry-once",
        "receiver.idempotency.processes-a-retry-after-a-restart-once",
        "receiver.idempotency.processes-a-retry-after-many-others-once",
        "receiver.idempotency.processes-a-retry-once",
        "receiver.idempotency.processes-an-event-whose-answer-was-lost-once",
        "receiver.idempotency.processes-simultaneous-copies-once",
    }
)
"""Processing an event once, however often and whenever it comes."""

EVENTS_TOLD_APART = frozenset(
    {
        "receiver.idempotency.processes-equal-content-under-other-ids",
        "receiver.idempotency.tells-similar-ids-apart",
        "receiver.processing.processes-simultaneous-events-of-one-customer",
    }
)
"""Processing an event that looks like another one."""

OVERLAPPING = frozenset(
    {
        "receiver.acknowledgement.acknowledges-a-slow-upload",
        "receiver.idempotency.keeps-the-id-free-when-a-forgery-uses-it",
        "receiver.idempotency.processes-a-late-retry-once",
        "receiver.idempotency.processes-a-re-serialised-retry-once",
        "receiver.idempotency.processes-a-retry-after-many-others-once",
        "receiver.idempotency.processes-a-retry-inside-a-batch-once",
        "receiver.idempotency.processes-a-retry-once",
        "receiver.idempotency.processes-an-event-whose-answer-was-lost-once",
        "receiver.idempotency.processes-an-event-whose-first-attempt-was-cut-off",
        "receiver.idempotency.processes-equal-content-under-other-ids",
        "receiver.idempotency.processes-simultaneous-copies-once",
        "receiver.idempotency.tells-similar-ids-apart",
        "receiver.ordering.keeps-the-newer-state",
        "receiver.ordering.tells-the-states-of-one-event-apart",
        "receiver.processing.loses-nothing-in-a-restart",
        "receiver.processing.processes-a-delivery-without-its-optional-fields",
        "receiver.processing.processes-an-unknown-field",
        "receiver.processing.processes-every-documented-kind",
        "receiver.processing.processes-every-event-of-a-batch",
        "receiver.processing.processes-every-simultaneous-delivery",
        "receiver.processing.processes-simultaneous-events-of-one-customer",
        "receiver.processing.processes-texts-of-every-script",
        "receiver.processing.processes-the-good-events-of-a-damaged-batch",
        "receiver.processing.processes-the-good-events-of-a-tainted-batch",
        "receiver.routing.processes-interleaved-surfaces",
        "receiver.signature.has-no-effect-when-refused",
    }
)
"""Checks that wait or send at the same time: a receiver that can do only so much at once may fail any of them."""

# What a receiver must refuse.

UNSIGNED = frozenset(
    {
        "receiver.signature.rejects-a-missing-signature",
        "receiver.signature.rejects-a-missing-signature-however-it-is-sent",
        "receiver.signature.rejects-a-missing-signature-on-a-chunked-body",
        "receiver.signature.rejects-a-forgery-of-every-kind",
        "receiver.signature.takes-no-forgery-of-any-size",
        "receiver.signature.takes-no-forgery-in-any-form",
    }
)
"""Refusing a delivery without a signature."""

FORGERIES = frozenset(
    {
        "receiver.signature.rejects-a-body-changed-after-signing",
        "receiver.signature.rejects-a-change-anywhere-in-the-body",
        "receiver.signature.rejects-a-changed-digit",
        "receiver.signature.rejects-another-algorithm",
        "receiver.signature.rejects-another-secret",
        "receiver.signature.rejects-another-secret-on-a-chunked-body",
        "receiver.signature.rejects-a-forgery-of-every-kind",
        "receiver.signature.rejects-two-wrong-signatures",
        "receiver.signature.takes-no-forgery-in-any-form",
        "receiver.signature.takes-no-forgery-of-any-size",
        "receiver.signature.rejects-the-empty-secret",
        "receiver.signature.rejects-the-signature-of-another-delivery",
    }
)
"""Refusing a signature of the right form that another secret, body or algorithm gives."""

MALFORMED = frozenset(
    {
        "receiver.signature.rejects-a-malformed-signature",
        "receiver.signature.rejects-an-empty-signature",
        "receiver.signature.rejects-junk-around-the-signature",
        "receiver.signature.rejects-part-of-the-signature",
    }
)
"""Refusing a signature that has not the right form."""

SIGNATURE_REFUSALS = (
    UNSIGNED
    | FORGERIES
    | MALFORMED
    | {
        "receiver.signature.answers-400-without-a-signature",
        "receiver.signature.answers-401-to-a-wrong-signature",
        "receiver.signature.refuses-other-encodings",
        "receiver.signature.rejects-a-wrong-signature-after-the-right-one",
        "receiver.signature.rejects-a-wrong-signature-before-the-right-one",
    }
)
"""Refusing whatever is not signed as documented."""

CHALLENGE_REFUSALS = frozenset(
    {
        "receiver.challenge.rejects-a-missing-token",
        "receiver.challenge.rejects-a-repeated-token",
        "receiver.challenge.rejects-a-wrong-mode",
        "receiver.challenge.rejects-a-wrong-token",
    }
)
"""Refusing to answer a challenge that has not the right token and mode."""

# What a receiver must answer to a challenge, and how it is reached.

ECHOES = frozenset({"receiver.challenge.echoes-each-challenge-anew", "receiver.challenge.echoes-the-challenge"})
"""Returning a challenge as documented."""

CRCS = frozenset({"receiver.challenge.answers-each-crc-anew", "receiver.challenge.answers-the-crc"})
"""Answering X's CRC as documented."""

TLS_VERSIONS = frozenset({"receiver.transport.accepts-tls-1-2", "receiver.transport.accepts-tls-1-3"})
"""Speaking the versions of TLS that senders speak."""

# What a sender must do.

RETRIES = frozenset(
    {
        "sender.retry.loses-nothing-in-a-restart",
        "sender.retry.repeats-after-a-broken-answer",
        "sender.retry.repeats-after-a-dripping-answer",
        "sender.retry.repeats-after-a-redirect",
        "sender.retry.repeats-after-an-error-status",
        "sender.retry.repeats-after-silence",
    }
)
"""Coming again after whatever is no acknowledgement."""

DEADLINES = frozenset(
    {
        "sender.retry.gives-up-at-the-deadline",
        "sender.retry.gives-up-some-time",
        "sender.retry.repeats-after-a-dripping-answer",
        "sender.retry.repeats-after-silence",
        "sender.retry.takes-an-answer-just-in-time",
    }
)
"""Waiting for an answer as long as documented, and no longer."""

SIGNATURES = frozenset(
    {
        "sender.signature.signs-every-attempt",
        "sender.signature.signs-texts-beyond-ascii",
        "sender.signature.signs-the-bytes-it-sends",
    }
)
"""Sending a signature that fits what is sent."""

# What a management API must do.

URL_REFUSALS = frozenset(
    {
        "api.endpoints.changes-to-no-private-address",
        "api.endpoints.changes-to-no-url-that-is-none",
        "api.endpoints.refuses-a-url-that-is-none",
        "api.endpoints.refuses-an-odd-url",
        "api.endpoints.refuses-private-addresses",
    }
)
"""Refusing a URL that nothing may be delivered to, when it is registered and when it is changed."""

TOKEN_REFUSALS = frozenset(
    {
        "api.authentication.refuses-a-missing-token",
        "api.authentication.refuses-a-token-elsewhere",
        "api.authentication.refuses-a-wrong-token",
        "api.authentication.refuses-another-scheme",
    }
)
"""Refusing a request without the right token in the right place."""

# What a verifier must do.

VERIFIER_ACCEPTANCES = frozenset(
    {
        "verifier.genuine.accepts-a-body-of-any-size",
        "verifier.genuine.accepts-a-genuine-delivery",
        "verifier.genuine.accepts-any-content",
        "verifier.genuine.accepts-bytes-that-are-no-text",
        "verifier.genuine.accepts-texts-of-every-script",
        "verifier.genuine.finds-the-signature-among-other-headers",
        "verifier.genuine.knows-a-header-by-its-name-in-any-case",
        "verifier.genuine.takes-the-key-that-it-is-given",
        "verifier.genuine.verifies-the-bytes-as-sent",
    }
)
"""Accepting what GitHub signs."""

VERIFIER_REFUSALS = frozenset(
    {
        "verifier.signature.refuses-other-bytes-of-the-same-text",
        "verifier.signature.refuses-other-spellings",
        "verifier.signature.refuses-two-signature-headers",
        "verifier.signature.rejects-a-changed-body",
        "verifier.signature.rejects-a-changed-digit",
        "verifier.signature.rejects-a-key-that-anybody-has",
        "verifier.signature.rejects-a-malformed-signature",
        "verifier.signature.rejects-a-missing-signature",
        "verifier.signature.rejects-another-algorithm",
        "verifier.signature.rejects-another-key",
        "verifier.signature.rejects-any-change",
        "verifier.signature.rejects-part-of-the-signature",
        "verifier.signature.rejects-the-signature-of-another-delivery",
    }
)
"""Refusing what nobody signed as GitHub does."""
