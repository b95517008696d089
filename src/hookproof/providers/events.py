"""Realistic events: a provider's example payloads filled with unique ids and Faker's people, texts and numbers.

Everything but the ids follows from the seed. Ids also follow from the run, because receivers remember them.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from hookproof.delivery.encoding import Writing
from hookproof.delivery.model import Case, Delivery, Headers
from hookproof.delivery.pointers import identify, leaves, take
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers.placeholders import IN_EVENTS, filled
from hookproof.providers.provider import Surface
from hookproof.providers.tables import Event

LOCALES = ("en_US", "es_ES", "de_DE", "ru_RU", "el_GR", "ar_AA", "he_IL", "hi_IN", "ja_JP", "zh_CN", "ko_KR", "th_TH")
TEXTS = {
    "latin with accents": "Çà et là, où l’été œuvre: naïve façade, señor Ångström",
    "greek": "Πότε θα έρθει η παραγγελία μου;",
    "cyrillic": "Когда приедет мой заказ № 7?",
    "arabic": "متى يصل طلبي؟ رقم ١٢٣",
    "hebrew": "מתי תגיע ההזמנה שלי?",
    "devanagari": "मेरा ऑर्डर कब आएगा?",
    "thai": "ของจะมาถึงเมื่อไหร่",
    "han": "我的订单什么时候到？",
    "kana": "注文はいつ届きますか。ｶﾀｶﾅ",
    "hangul": "주문은 언제 도착하나요?",
    "emoji": "👩🏽‍🚒👍🏿 🇧🇩 ❤️‍🔥 see you 🕐",
    "combining marks": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "quotes and slashes": "she said: \"no\\yes\" / 'maybe' </p> {{x}} %s %00 ${y}",
    "line breaks": "first line\nsecond line\r\n\tindented\u2028separated",
    "beyond the BMP": "𝒲𝑒𝒷𝒽𝑜𝑜𝓀 𐍈 𠜎",
}
_PLAIN_NAMES = ("John Doe", "Mary Major", "Sam Lee")
_PLAIN_TEXTS = ("Where is my order?", "Hello! How can I help you?", "ok", "Can I come on Thursday at 10?")
_ALPHABET = string.ascii_letters + string.digits


@lru_cache(maxsize=1)
def _people() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and sentences of every locale; made once, because Faker is slow."""
    from faker import Faker  # for whoever makes events alone

    names: list[str] = []
    lines: list[str] = []
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(7)
        names += [fake.name() for _ in range(20)]
        lines += [fake.sentence(nb_words=9) for _ in range(20)]
    return tuple(names), (*lines, *TEXTS.values())


def warm_up() -> None:
    """Make now what is made once, so that processes forked from this one have it."""
    _people()


@dataclass(frozen=True)
class Media:
    """A file that an event points to. `content` is what its URL serves."""

    url: str
    content: bytes
    type: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Maker:
    """Makes deliveries to one surface. `media_url` turns (name, content, type) into a URL that serves it."""

    def __init__(
        self,
        surface: Surface,
        *,
        secret: Secret | None,
        seed: int = 0,
        run: str = "",
        media_url: Callable[[str, bytes, str], str] | None = None,
        url: str = "",
        former: Secret | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.surface = surface
        self.secret = secret
        self.signers = [KeyedSigner(scheme, secret) for scheme in surface.schemes] if secret else []
        self.former = former
        self.address(url)
        self.random = random.Random(f"{seed}")
        self._ids = random.Random(f"{seed}:{run}:{surface.name}")
        self._number = self._ids.randrange(10**8, 10**9)
        self.writing: Writing = surface.writing
        self._media_url = media_url or (lambda name, content, type_: f"https://media.example.invalid/{name}")
        self._now = now

    def now(self) -> float:
        """Unix time in seconds."""
        return self._now().timestamp()

    def address(self, url: str) -> None:
        """Sign for the endpoint at this URL from now on, by whatever URL the platform knows it."""
        self.signers = [one.to(self.surface.public_url(url)) for one in self.signers]

    @property
    def signer(self) -> KeyedSigner | None:
        """Who signs, as it is judged; None where nothing is signed."""
        return self.signers[0] if self.signers else None

    @property
    def kinds(self) -> list[str]:
        """The documented kinds of event."""
        return self.surface.kinds("kind")

    def payload(
        self,
        kind: str = "",
        media: Media | None = None,
        *,
        plain: bool = False,
        given: Mapping[str, Any] | None = None,
    ) -> Any:
        """A fresh payload of that kind; `plain`: with nothing but ASCII in it; `given`: values of placeholders."""
        event = self.surface.events[kind or self.default_kind]
        filling = _Filling(self, media or self._media_of(event), plain=plain, given=given)
        return filling.fill(event.payload)

    def _media_of(self, event: Event) -> Media | None:
        return self.media(event.media) if event.media else None

    def media(self, described: dict[str, str]) -> Media:
        """A small unique file of the described type, and where it is served."""
        content = f"{described['name']} {self.token(24)}\n".encode() * 40
        return Media(self._media_url(described["name"], content, described["type"]), content, described["type"])

    def make(self, kind: str = "", media: Media | None = None, *, plain: bool = False) -> Delivery:
        """A genuine, signed delivery of a fresh event; a `plain` one serves as control."""
        kind = kind or self.default_kind
        return self.deliver(self.payload(kind, media, plain=plain), kind)

    def make_past(self, ago_s: float) -> Delivery:
        """A genuine delivery, sent now, of a plain event of so many seconds ago: what comes after an outage."""
        event = self.surface.events[self.default_kind]
        filling = _Filling(self, self._media_of(event), plain=True)
        filling.now -= timedelta(seconds=ago_s)
        return self.deliver(filling.fill(event.payload), self.default_kind)

    def of_kind(self, kind: str) -> Case:
        """A fresh genuine event of that kind in place of any delivery."""
        return lambda delivery: self.make(kind)

    def make_related(self, kinds: Sequence[str]) -> list[Delivery]:
        """Deliveries about one and the same thing, a minute from each to the next, the last one now."""
        filling = _Filling(self, None, plain=True)
        found: list[Delivery] = []
        now = self._now()
        for at, kind in enumerate(kinds):
            filling.now = now - timedelta(minutes=len(kinds) - 1 - at)
            made = self.deliver(filling.fill(self.surface.events[kind].payload), kind)
            told_apart = all(made.all_ids != other.all_ids for other in found)
            found.append(made if told_apart else self.renewed(made, also=False))
        return found

    def moment(self) -> float:
        """Unix time in seconds, by its clock."""
        return self._now().timestamp()

    @property
    def default_kind(self) -> str:
        return self.surface.plain

    def deliver(self, payload: Any, kind: str = "") -> Delivery:
        """Sign and wrap any payload."""
        event = self.surface.events.get(kind)
        id_, at = self.delivery_id(), self._now().timestamp()
        signers = [one.stamped(id_, at) for one in self.signers]
        headers = (*self.headers, *self._own_headers(kind, id_, signers))
        named = identify(payload, self.surface.identities, headers)
        damaged = set(event.damaged) if event else set()
        must = named if event is None or event.required else []
        made = Delivery(
            self.writing.write(payload),
            headers,
            event_ids=tuple(dict.fromkeys(one.id for one in must if one.item not in damaged)),
            all_ids=tuple(dict.fromkeys(one.id for one in named)),
            kind=kind,
            writing=self.writing,
            signer=signers[0] if signers else None,
            companions=tuple(signers[1:]),
            label="genuine",
            id=id_,
            at=at,
        )
        return made.signed("genuine", genuine=True)

    def delivery_id(self) -> str:
        """An id for a delivery of its own; empty where the provider writes none."""
        fields = self.surface.fields
        templates = [
            *fields.headers.values(),
            *(text for one in self.surface.events.values() for text in one.headers.values()),
        ]
        writes = any(one.scheme.stamps for one in self.signers) or any("{id}" in text for text in templates)
        return f"msg_{self.token(24)}" if writes else ""

    def _own_headers(self, kind: str, id_: str, signers: list[KeyedSigner]) -> Headers:
        """The headers of the surface, of the kind, and those that go with the signature."""
        event = self.surface.events.get(kind)
        templates = {**self.surface.fields.headers, **(event.headers if event else {})}
        stamped = [pair for one in signers for pair in one.scheme.stamp_headers()]
        if not templates and not stamped:
            return ()
        filling = _Filling(self, None, plain=True, given={"{{uuid}}": _uuid(self._ids)})
        words = {**self.surface.values, "id": id_, "kind": kind or self.default_kind}
        made = [(name, filling.fill(filled(text, words))) for name, text in templates.items()]
        return tuple((name.encode(), str(text).encode("latin-1")) for name, text in (*made, *stamped))

    def renewed(self, delivery: Delivery, *, also: bool = True) -> Delivery:
        """A payload's content as another event: only what identifies it is new, and with `also` what goes with that."""
        payload = delivery.read()
        fresh = self.payload(delivery.kind, plain=True)
        self.renew(payload, fresh, delivery.kind, also=also)
        return self.deliver(payload, delivery.kind)

    def renew(self, payload: Any, fresh: Any, kind: str, *, also: bool = True) -> None:
        """Take from a fresh payload of that kind, in place, all that is new with every event."""
        named = identify(payload, self.surface.identities)
        pointers = [pointer for one in named for pointer in (*one.pointers, *(one.also if also else ()))]
        take(payload, fresh, [*pointers, *self._echoes(kind or self.default_kind)])

    def _echoes(self, kind: str) -> list[str]:
        """Where a payload repeats what identifies its events: in a mail's header, say."""
        template = self.surface.events[kind].payload
        texts = dict(leaves(template))
        named = identify(template, self.surface.identities)
        identifying = {match[0] for one in named for pointer in one.pointers
                       for match in IN_EVENTS.finditer(str(texts.get(pointer, "")))}  # fmt: skip
        return [
            pointer for pointer, text in texts.items()
            if any(match[0] in identifying for match in IN_EVENTS.finditer(str(text)))
        ]  # fmt: skip

    def own_places(self, kind: str) -> list[str]:
        """Where a payload names the account that it is for: what stands there is a parameter's value."""
        names = {f"{{{{{name}}}}}" for name in self.surface.parameters}
        return [pointer for pointer, value in leaves(self.surface.events[kind].payload) if value in names]

    @property
    def id_pointer(self) -> str:
        """Where the plain event's id stands in its body; empty if it stands in a header."""
        named = identify(self.payload(), self.surface.identities)
        return next((pointer for one in named for pointer in one.pointers), "")

    @property
    def text_pointer(self) -> str:
        """Where a plain event holds what somebody wrote; its id if nothing is written in it."""
        template = self.surface.events[self.default_kind].payload
        places = [pointer for pointer, value in leaves(template) if value == "{{text}}"]
        return next(iter([*self.surface.fields.long_text, *places]), None) or self.id_pointer

    @property
    def headers(self) -> Headers:
        return ((b"Content-Type", self.writing.content_type.encode()), (b"User-Agent", b"hookproof"))

    def token(self, length: int) -> str:
        return "".join(self._ids.choices(_ALPHABET, k=length))

    def number(self) -> int:
        """Below 2^31, and no other of the run."""
        self._number += 1
        return self._number

    def pool(self, kinds: Sequence[str] = (), size: int = 256) -> Iterator[tuple[str, bytes, str]]:
        """Endless distinct signed deliveries as (event id, body, signature), at memory speed.

        `size` different contents are made once and cut at their id; each draw joins them around a new id and signs.
        """
        kinds = kinds or [kind for kind in self.kinds if len(self.make(kind).event_ids) == 1]
        cuts = [self._cut(self.payload(kinds[number % len(kinds)])) for number in range(size)]
        sign = self.signer.sign if self.signer else (lambda body, *, secret=None: "")
        for serial, (before, after, lead, width, rest) in zip(itertools.count(), itertools.cycle(cuts), strict=False):
            identity = b"%b%0*d" % (lead, width, serial)
            body = before + identity + after
            yield identity.decode() + rest, body, sign(body)

    def _cut(self, payload: Any) -> tuple[bytes, bytes, bytes, int, str]:
        """A body's bytes around its id, what of the id to keep, how many digits replace the rest, its other parts."""
        named = identify(payload, self.surface.identities)[0]
        id_, *rest = named.id.split(":") if len(named.pointers) > 1 else [named.id]
        before, _, after = self.writing.write(payload).partition(id_.encode())
        width = min(10, len(id_) - 1) if id_.isdigit() else min(10, len(id_))
        return before, after, id_[:-width].encode(), width, "".join(f":{part}" for part in rest)


class _Filling:
    """Fills one payload: the same placeholder gives the same value."""

    def __init__(
        self, maker: Maker, media: Media | None, *, plain: bool, given: Mapping[str, Any] | None = None
    ) -> None:
        self._maker, self._plain = maker, plain
        self._media = media
        self._values: dict[str, Any] = dict(given or {})
        self.now = maker._now()

    def fill(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {self.fill(key): self.fill(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self.fill(value) for value in node]
        if not isinstance(node, str):
            return node
        whole = IN_EVENTS.fullmatch(node)
        if whole:
            return self._value(whole)
        return IN_EVENTS.sub(lambda match: str(self._value(match)), node)

    def _value(self, match: re.Match[str]) -> Any:
        word, shift, _ = match.groups()
        if word in _TIMES:
            return _TIMES[word](self.now + timedelta(seconds=int(shift or 0)))
        if match[0] not in self._values:
            self._values[match[0]] = self._make(word)
        return self._values[match[0]]

    def _make(self, word: str) -> Any:
        chance = self._maker.random
        names, texts = (_PLAIN_NAMES, _PLAIN_TEXTS) if self._plain else _people()
        if word.startswith("media."):
            return self._of_media(word)
        if word in self._maker.surface.values:
            return self._maker.surface.values[word]
        makers: dict[str, Callable[[], Any]] = {
            "id": lambda: self._maker.token(15),
            "text": lambda: chance.choice(texts),
            "reply": lambda: chance.choice(texts),
            "name": lambda: chance.choice(names),
            "phone": lambda: f"{chance.randint(1, 998)}{self._maker._ids.randrange(10**9):09d}",
            "uuid": lambda: _uuid(self._maker._ids),
            "hex": lambda: f"{self._maker._ids.getrandbits(128):032X}",
            "number": self._maker.number,
            "number.text": lambda: str(10**18 + self._maker._ids.randrange(10**18)),
            "big": lambda: self._maker._ids.randrange(2**31, 2**52),
            "big.text": lambda: str(self._maker._ids.randrange(2**31, 2**52)),
            "latitude": lambda: round(chance.uniform(-85, 85), 6),
            "longitude": lambda: round(chance.uniform(-180, 180), 6),
        }
        return makers[word]()

    def _of_media(self, word: str) -> Any:
        media = self._media
        assert media, "an event that speaks of media has a `media` entry"
        return {
            "media.url": media.url,
            "media.sha256": media.sha256,
            "media.size": len(media.content),
            "media.type": media.type,
        }[word]


_TIMES: dict[str, Callable[[datetime], Any]] = {
    "iso": lambda when: when.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "iso.ms": lambda when: when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z",
    "iso.offset": lambda when: (when + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
    "rfc2822": lambda when: format_datetime(when),
    "unix": lambda when: int(when.timestamp()),
    "unix.text": lambda when: str(int(when.timestamp())),
    "unix.ms": lambda when: int(when.timestamp() * 1000),
    "unix.ms.text": lambda when: str(int(when.timestamp() * 1000)),
    "clock": lambda when: when.strftime("%I:%M:%S %p").lstrip("0"),
}


def _uuid(chance: random.Random) -> str:
    raw = f"{chance.getrandbits(128):032x}"
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"
