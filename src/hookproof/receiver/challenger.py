"""What a check can do to an endpoint that has to prove who owns it: challenge it, and compare what it says."""

from __future__ import annotations

from hookproof.delivery.attempt import Attempt
from hookproof.delivery.model import Case, Delivery
from hookproof.evidence.differences import differing
from hookproof.providers.challenge import Challenge, Change, Pairs
from hookproof.receiver.receiver import Receiver
from hookproof.verdict import Inconclusive, Reason

_RUNS_SCRIPTS = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")
MARKUP = "<script>alert(1)</script>"


def _stripped(pairs: Pairs) -> Pairs:
    return [(name, value.strip()) for name, value in pairs]


def _as_it_is(delivery: Delivery) -> Delivery:
    return delivery


class Challenger:
    """A receiver as one check sees it, challenged. `crc`: by the challenge whose answer is an HMAC."""

    def __init__(self, receiver: Receiver, *, crc: bool = False) -> None:
        self._receiver = receiver
        maker = receiver.target.maker
        chosen = [each for each in maker.surface.challenges if each.is_crc is crc]
        secret = maker.secret.reveal() if maker.secret else b""
        self._challenge = Challenge(chosen[0], maker.surface.parameters, secret, maker.signer) if chosen else None
        self._texts: dict[int, str] = {}

    def text(self) -> str:
        """A random text such as senders choose."""
        return str(self._receiver.target.maker.number())

    async def ask(self, text: str = "", change: Change = list, label: str = "", forged: Case = _as_it_is) -> Attempt:
        """Challenge once; `change` rewrites the request's members, `forged` the request as it was signed."""
        if self._challenge is None:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "no challenge is documented for this endpoint")
        text = text or self.text()
        now = self._receiver.target.maker.now()
        asked = self._challenge.ask(self._receiver.endpoint.url, text, change, label, now)
        attempt = await self._receiver.attempt(forged(asked))
        self._texts[attempt.n] = text
        return attempt

    async def ask_as_a_stranger(self, text: str) -> Attempt:
        """A challenge in which everything but its text is wrong. Raises Inconclusive where nothing says who asks."""
        if self._challenge and not self._challenge.tells_who_asks:
            raise Inconclusive(Reason.PREREQUISITE_FAILED, "nothing in the challenge says who asks")
        return await self.ask(text, lambda pairs: [(name, value if value == text else f"x{value.swapcase()}")
                                                   for name, value in pairs], "a wrong asker")  # fmt: skip

    async def ask_nothing(self) -> Attempt:
        """A challenge whose text is empty."""
        attempt = await self.ask(" ", _stripped, "an empty challenge")
        self._texts[attempt.n] = ""
        return attempt

    def proved(self, attempt: Attempt) -> bool:
        """The answer has the documented status and says exactly what it must."""
        assert self._challenge
        answer, text = attempt.exchange, self._texts[attempt.n]
        return attempt.in_time and self._challenge.proves(attempt.status, answer.headers, answer.body, text)

    def compared(self, attempt: Attempt) -> str:
        """What was expected and what came, in one line."""
        assert self._challenge
        expected = self._challenge.expected(self._texts[attempt.n])
        said = self._challenge.said(attempt.exchange.body)
        self._receiver.record.differences += differing("the answer to the challenge", expected, said) if said else []
        statuses = " or ".join(map(str, self._challenge.fields.status or [200]))
        return f"expected {statuses} and {expected[:80]!r}, got {attempt}"

    def withheld(self, attempt: Attempt) -> bool:
        """Answered, without breaking, with nothing of what would have proved ownership, whatever the status."""
        return attempt.survived and not self.echoed(attempt)

    def refused(self, attempt: Attempt) -> bool:
        """Answered, without breaking, with no status of success and nothing of what would have proved ownership."""
        return self.withheld(attempt) and not attempt.succeeded

    def echoed(self, attempt: Attempt) -> bool:
        """Whether the answer contains the text, or what would have been the right answer to it."""
        assert self._challenge
        text = self._texts[attempt.n]
        known = [text.encode(errors="surrogateescape"), self._challenge.expected(text)]
        return any(piece and piece in attempt.exchange.body for piece in known)

    def injected(self, attempt: Attempt) -> bool:
        """Whether a line break in the text made a header of its own."""
        return any(name.lower() == b"x-injected" for name, _ in attempt.exchange.headers)

    def runs_markup(self, attempt: Attempt) -> bool:
        """Whether a browser would run the markup in the answer: it stands there as it was sent, in a page."""
        types = [value for name, value in attempt.exchange.headers if name.lower() == b"content-type"]
        declared = types[-1].decode("latin-1").partition(";")[0].strip().lower() if types else ""
        sniffed = not declared and not any(
            name.lower() == b"x-content-type-options" for name, _ in attempt.exchange.headers
        )
        return MARKUP.encode() in attempt.exchange.body and (declared in _RUNS_SCRIPTS or sniffed)

    async def signed_by_the_target(self, delivery: Delivery) -> Attempt:
        """Have the target sign the delivery's body as if it were a challenge, and deliver it with that."""
        assert self._challenge
        first = await self.ask(delivery.body.decode(), label="a challenge that is a delivery's body")
        said = self._challenge.said(first.exchange.body)
        if first.status != 200 or not said:
            return first
        return await self._receiver.attempt(delivery.unsigned().with_signature(said, "signed by the target itself"))
