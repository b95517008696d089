"""Requests made fast: a realistic request is cut where the event's id stands, then joined and signed for each delivery.

Every delivery has its own event id, and a signature over its own bytes; two deliveries of one template differ in
nothing else.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from hookproof.delivery.model import Delivery, Headers
from hookproof.delivery.pointers import identify
from hookproof.delivery.signature import ALGORITHMS, KeyedSigner, Scheme
from hookproof.providers.events import Maker
from hookproof.wire.client import Endpoint, request_head

DIGITS = 10
"""Most characters of an event id that are replaced by a serial number."""
_WORD = re.compile(r"[0-9A-Za-z]+")
_HOLE = b"\0signature\0"
_WHEN = "\0time\0"


@dataclass(frozen=True)
class Template:
    """One content of a delivery.

    event_id  makes the event's id from a delivery's serial number, which is below ten billion
    request   makes the bytes of the whole request from that number
    size      of the body in bytes
    """

    kind: str
    event_id: Callable[[int], str]
    request: Callable[[int], bytes]
    size: int


@dataclass(frozen=True)
class Contents:
    """Templates used in turn: the delivery with serial number n is made from template n modulo their count."""

    templates: tuple[Template, ...]

    def __post_init__(self) -> None:
        if not self.templates:
            raise ValueError("no kind of event can be identified, so none can be accounted for")

    def event_id(self, serial: int) -> str:
        return self.templates[serial % len(self.templates)].event_id(serial)

    def requests(self) -> Callable[[int], bytes]:
        """A function that makes the whole request of a delivery from its serial number."""
        made = tuple(template.request for template in self.templates)
        count = len(made)
        return lambda serial: made[serial % count](serial)


def usable_kinds(maker: Maker) -> list[str]:
    """The kinds of events that can be sent as load: one event with an id in each body, and no file to fetch."""
    events = maker.surface.events
    kinds = [kind for kind in maker.kinds if not events[kind].points_to_a_file]
    return [kind for kind in kinds if len(maker.make(kind, plain=True).event_ids) == 1]


def templates(
    maker: Maker, endpoint: Endpoint, kinds: Sequence[str], count: int, *, reuse: bool = True
) -> Iterator[Template]:
    """Make `count` different contents of these kinds in turn. `reuse`: connections serve several requests."""
    bases: dict[int, int] = {}
    for number in range(count):
        yield _template(maker, endpoint, kinds[number % len(kinds)], reuse, bases)


def _template(maker: Maker, endpoint: Endpoint, kind: str, reuse: bool, bases: dict[int, int]) -> Template:
    made = maker.make(kind)
    named = identify(made.payload, maker.surface.identities, made.headers)[0]
    whole = made.event_ids[0]
    own, *others = whole.split(":") if len(named.pointers) > 1 else [whole]
    word = max(_WORD.finditer(own), key=lambda match: match.end() - match.start())
    words, pieces = _words(word[0], bases), made.body.split(word[0].encode())
    simple = not made.companions and all(one.scheme.keyed and one.scheme.renders_alike for one in maker.signers)
    credential = len(maker.signers) == 1 and not maker.signers[0].scheme.covers_the_body
    stamps = any(one.scheme.stamps for one in maker.signers)
    if stamps or not named.pointers or not (simple or credential):
        make = _stamped if simple else _made_anew
        whole_id, request = whole.split(word[0]), make(made, endpoint, reuse, word[0].encode(), words)
        return Template(kind, lambda serial: words(serial).decode().join(whole_id), request, len(made.body))
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


def _head(made: Delivery, endpoint: Endpoint, reuse: bool, *, hole: bool = True) -> bytes:
    """The head of a request, with _HOLE where a signature over the body goes."""
    headers: Headers = tuple(pair for pair in made.headers)
    if hole and made.signer and made.signer.scheme.covers_the_body:
        headers = made.with_signature(_HOLE, "with a hole for its signature").headers
    head = request_head(endpoint, "POST", headers, made.body)
    return head.replace(b"Connection: close\r\n", b"") if reuse else head


def _stamped(
    made: Delivery, endpoint: Endpoint, reuse: bool, word: bytes, words: Callable[[int], bytes]
) -> Callable[[int], bytes]:
    """A function that makes a request whose id stands in a header, or whose id and time are signed: when it is sent.

    Both states of the HMAC are made once; the time is written once a second, where it is written in seconds.
    """
    signer = made.signer
    if not isinstance(signer, KeyedSigner):
        fill = _filler(_head(made, endpoint, reuse) + made.body, (word,))
        return lambda serial: fill((words(serial),))
    scheme = replace(signer.scheme, stamp=replace(signer.scheme.stamp, id=made.id, timestamp=_WHEN))
    plain = replace(made, signer=None)
    for name, text in (*scheme.stamp_headers(), (scheme.header, scheme.around(_HOLE.decode()))):
        plain = plain.with_header(name, text, made.label)
    slots = (word, _WHEN.encode(), _HOLE)
    fill = _filler(_head(plain, endpoint, reuse) + made.body, slots)
    signed = scheme.text(made.body)
    constant = _constant(signed, slots)
    rest = _filler(signed[len(constant) :], slots)
    sign, written, clock = _keyed(signer, constant), _writer(scheme), time.time

    def request(serial: int) -> bytes:
        own, now = words(serial), written(clock())
        return fill((own, now, sign(rest((own, now)))))

    return request


def _made_anew(
    made: Delivery, endpoint: Endpoint, reuse: bool, word: bytes, words: Callable[[int], bytes]
) -> Callable[[int], bytes]:
    """A function that makes a request as a check would: for key pairs, and whatever else cannot be prepared."""

    def request(serial: int) -> bytes:
        own = words(serial)
        headers = tuple((name, value.replace(word, own)) for name, value in made.headers)
        id_ = made.id.replace(word.decode(), own.decode())
        fresh = replace(made, body=made.body.replace(word, own), headers=headers, id=id_)
        signed = fresh.signed_at(time.time(), made.label)
        return _head(signed, endpoint, reuse, hole=False) + signed.body

    return request


def _writer(scheme: Scheme) -> Callable[[float], bytes]:
    """A function that writes a time; it remembers the last second where whole seconds are written."""
    if scheme.timestamp == "unix.ms":
        return lambda now: scheme.written(now).encode()
    last, text = -1, b""

    def written(now: float) -> bytes:
        nonlocal last, text
        if int(now) != last:
            last, text = int(now), scheme.written(now).encode()
        return text

    return written


def _filler(text: bytes, slots: tuple[bytes, ...]) -> Callable[[tuple[bytes, ...]], bytes]:
    """A function from values of the slots, in their order, to the text with these in it."""
    parts = re.split(b"(" + b"|".join(map(re.escape, slots)) + b")", text)
    shape = b"%b".join(part.replace(b"%", b"%%") for part in parts[::2])
    order = [slots.index(slot) for slot in parts[1::2]]
    if len(order) < 2:
        return lambda values: shape % tuple(values[at] for at in order)
    chosen = itemgetter(*order)
    return lambda values: shape % chosen(values)


def _constant(text: bytes, slots: tuple[bytes, ...]) -> bytes:
    """What of a text comes before its first slot."""
    return re.split(b"|".join(map(re.escape, slots)), text, maxsplit=1)[0]


def _words(word: str, bases: dict[int, int]) -> Callable[[int], bytes]:
    """A function from a serial number to a word as long as `word` that ends in that number.

    Where `word` is all digits, the serial number is added to it; `bases` holds what it is added to, by length, for all
    templates. Letters and digits are the same in every encoding of a body, so such a word can be found there.
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
    """A function that makes a request: these pieces of a body, joined by the word of a serial number, and signed."""
    if signer is None or not signer.scheme.covers_the_body:
        first = head + pieces[0]

        def unsigned(serial: int) -> bytes:
            return words(serial).join([first, *pieces[1:]])

        return unsigned
    before, _, after = head.partition(_HOLE)
    (prefix, suffix), sign = _signer(signer, pieces[0])
    begin, end = before + prefix, suffix + after + pieces[0]
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
    """The header's text before and after the digest, and a function from the rest of a body to the digest's text.

    `first` is the part of the body that never changes.
    """
    scheme = signer.scheme
    before, tail = scheme.pieces(b"")
    digest = _keyed(signer, before + first)
    return (scheme.lead.encode(), scheme.tail.encode()), (lambda rest: digest(rest + tail)) if tail else digest


def _keyed(signer: KeyedSigner, constant: bytes) -> Callable[[bytes], bytes]:
    """A function from the rest of a text to its digest's digits; the text begins with what is `constant`.

    This is HMAC (RFC 2104) with both keyed states made once; the inner one has taken in everything that is the same
    for all deliveries.
    """
    scheme = signer.scheme
    new = ALGORITHMS[scheme.algorithm]
    block = new().block_size
    key = signer.key
    key = (key if len(key) <= block else new(key).digest()).ljust(block, b"\0")
    inner = new(bytes(byte ^ 0x36 for byte in key) + constant)
    outer = new(bytes(byte ^ 0x5C for byte in key))
    encode = None if scheme.hexed else base64.b64encode
    copy_inner, copy_outer = inner.copy, outer.copy

    def digest(rest: bytes) -> bytes:
        one = copy_inner()
        one.update(rest)
        two = copy_outer()
        two.update(one.digest())
        return encode(two.digest()) if encode else two.hexdigest().encode()

    return digest
