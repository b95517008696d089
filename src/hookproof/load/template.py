"""Deliveries at memory speed: realistic requests, cut where the event's id stands, joined and signed for each new one.

Every delivery has an id of its own and a signature over its very bytes; two of one template differ in nothing else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hookproof.events import Maker
from hookproof.model import Delivery, Headers
from hookproof.pointers import identify
from hookproof.signature import ALGORITHMS, KeyedSigner
from hookproof.wire import Endpoint, request_head

DIGITS = 10
_WORD = re.compile(r"[0-9A-Za-z]+")
_HOLE = b"\0signature\0"


@dataclass(frozen=True)
class Template:
    """One content. `event_id` and `request` take a delivery's serial number, below ten billion."""

    kind: str
    event_id: Callable[[int], str]
    request: Callable[[int], bytes]
    size: int


@dataclass(frozen=True)
class Deck:
    """Templates in turn: the delivery with serial number n has the content n modulo their count."""

    templates: tuple[Template, ...]

    def __post_init__(self) -> None:
        if not self.templates:
            raise ValueError("no kind of event can be identified, so none can be accounted for")

    def event_id(self, serial: int) -> str:
        return self.templates[serial % len(self.templates)].event_id(serial)

    def sender(self) -> Callable[[int], bytes]:
        """The whole request of a delivery, by its serial number."""
        requests = tuple(template.request for template in self.templates)
        count = len(requests)
        return lambda serial: requests[serial % count](serial)


def usable(maker: Maker) -> list[str]:
    """The kinds that can be the load: one event in each body, which can be identified, and no file to fetch."""
    events = maker.surface.events
    kinds = [kind for kind in maker.kinds if not events[kind].points_to_a_file]
    return [kind for kind in kinds if len(maker.make(kind, plain=True).event_ids) == 1]


def templates(
    maker: Maker, endpoint: Endpoint, kinds: Sequence[str], count: int, *, reuse: bool = True
) -> Iterator[Template]:
    """`count` different contents of these kinds in turn, for an endpoint. `reuse`: connections are kept alive."""
    bases: dict[int, int] = {}
    for number in range(count):
        yield _template(maker, endpoint, kinds[number % len(kinds)], reuse, bases)


def _template(maker: Maker, endpoint: Endpoint, kind: str, reuse: bool, bases: dict[int, int]) -> Template:
    made = maker.make(kind)
    named = identify(made.payload, maker.surface.identities)[0]
    whole = made.event_ids[0]
    own, *others = whole.split(":") if len(named.pointers) > 1 else [whole]
    word = max(_WORD.finditer(own), key=lambda match: match.end() - match.start())
    words, pieces = _words(word[0], bases), made.body.split(word[0].encode())
    if len(pieces) < 2:
        raise ValueError(f"the id of {kind} does not stand in its body as it is")
    before, after = own[: word.start()], "".join([own[word.end() :], *(f":{other}" for other in others)])
    head = _head(made, endpoint, reuse)
    return Template(
        kind,
        lambda serial: before + words(serial).decode() + after,
        _requests(maker.signer, head, pieces, words),
        len(made.body),
    )


def _head(made: Delivery, endpoint: Endpoint, reuse: bool) -> bytes:
    """The request's head, with a hole where the signature goes."""
    headers: Headers = tuple(pair for pair in made.headers)
    if made.signer and made.signer.scheme.covers_the_body:
        headers = made.with_signature(_HOLE).headers
    head = request_head(endpoint, "POST", headers, made.body)
    return head.replace(b"Connection: close\r\n", b"") if reuse else head


def _words(word: str, bases: dict[int, int]) -> Callable[[int], bytes]:
    """Words of the same length that end in a serial number; a number counts on from where `bases` says.

    Letters and digits stand for themselves in every spelling of a body, so a word is found however it is written.
    """
    length = len(word)
    if word.isdigit():
        base = bases.setdefault(length, min(int(word), 10**length - 10 ** (length - 1)))
        return lambda serial: b"%d" % (base + serial)
    width = min(DIGITS, length)
    shape = word[: length - width].encode() + b"%%0%dd" % width
    return lambda serial: shape % serial


def _requests(
    signer: KeyedSigner | None, head: bytes, pieces: list[bytes], words: Callable[[int], bytes]
) -> Callable[[int], bytes]:
    """Requests with these pieces of a body around each word that identifies."""
    if signer is None or not signer.scheme.covers_the_body:
        first = head + pieces[0]

        def unsigned(serial: int) -> bytes:
            return words(serial).join([first, *pieces[1:]])

        return unsigned
    before, _, after = head.partition(_HOLE)
    lead, sign = _signer(signer, pieces[0])
    begin, end = before + lead[0], lead[1] + after + pieces[0]
    later = pieces[1:]
    if len(later) == 1:
        last = later[0]

        def signed(serial: int) -> bytes:
            rest = words(serial) + last
            return b"%b%b%b%b" % (begin, sign(rest), end, rest)

        return signed

    def signed_in_pieces(serial: int) -> bytes:
        rest = words(serial).join([b"", *later])
        return b"%b%b%b%b" % (begin, sign(rest), end, rest)

    return signed_in_pieces


def _signer(signer: KeyedSigner, first: bytes) -> tuple[tuple[bytes, bytes], Callable[[bytes], bytes]]:
    """What stands around the digest in the header's value, and the digest's text for what follows `first` in the body.

    HMAC (RFC 2104) with both keyed states made once, the inner one fed with all that never changes.
    """
    scheme = signer.scheme
    new = ALGORITHMS[scheme.algorithm]
    block = new().block_size
    key = signer.secret.reveal()
    key = (key if len(key) <= block else new(key).digest()).ljust(block, b"\0")
    before, _, after = scheme.signs.partition("{body}")
    inner = new(bytes(byte ^ 0x36 for byte in key) + before.encode() + first)
    outer = new(bytes(byte ^ 0x5C for byte in key))
    tail = after.encode()
    around = scheme.value.replace("{digest_base64}", "{digest_hex}").format(digest_hex="\0").split("\0")
    encode = base64.b64encode if "{digest_base64}" in scheme.value else None
    copy_inner, copy_outer = inner.copy, outer.copy

    def digest(rest: bytes) -> bytes:
        one = copy_inner()
        one.update(rest + tail if tail else rest)
        two = copy_outer()
        two.update(one.digest())
        return encode(two.digest()) if encode else two.hexdigest().encode()

    return (around[0].encode(), around[1].encode()), digest


__all__ = ["Deck", "Template", "templates", "usable"]
