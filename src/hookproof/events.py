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

from faker import Faker

from hookproof.model import Case, Delivery, Headers, Secret
from hookproof.pointers import identify, leaves, take
from hookproof.signature import KeyedSigner
from hookproof.specs import Event, Surface
from hookproof.spelling import Writing

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
_PLACEHOLDER = re.compile(r"\{\{([a-z][a-z0-9._]*)(-\d+)?(#\d+)?\}\}")


@lru_cache(maxsize=1)
def _people() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and sentences of every locale; made once, because Faker is slow."""
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
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.surface = surface
        self.secret = secret
        self.signer = KeyedSigner(surface.scheme, secret) if surface.scheme and secret else None
        self.random = random.Random(f"{seed}")
        self._ids = random.Random(f"{seed}:{run}:{surface.name}")
        self._number = self._ids.randrange(10**8, 10**9)
        self.writing: Writing = surface.writing
        self._media_url = media_url or (lambda name, content, type_: f"https://media.example.invalid/{name}")
        self._now = now

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

    def of_kind(self, kind: str) -> Case:
        """A fresh genuine event of that kind in place of any delivery."""
        return lambda delivery: self.make(kind).labelled("genuine")

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

    @property
    def default_kind(self) -> str:
        return self.surface.plain

    def deliver(self, payload: Any, kind: str = "") -> Delivery:
        """Sign and wrap any payload."""
        event = self.surface.events.get(kind)
        named = identify(payload, self.surface.identities)
        damaged = set(event.damaged) if event else set()
        must = named if event is None or event.required else []
        made = Delivery(
            self.writing.write(payload),
            self.headers,
            event_ids=tuple(dict.fromkeys(one.id for one in must if one.item not in damaged)),
            all_ids=tuple(dict.fromkeys(one.id for one in named)),
            kind=kind,
            writing=self.writing,
            signer=self.signer,
        )
        return made.signed()

    def renewed(self, delivery: Delivery, *, also: bool = True) -> Delivery:
        """The same content as another event: only what identifies it is new, and with `also` what goes with that."""
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
                       for match in _PLACEHOLDER.finditer(str(texts.get(pointer, "")))}  # fmt: skip
        return [
            pointer for pointer, text in texts.items()
            if any(match[0] in identifying for match in _PLACEHOLDER.finditer(str(text)))
        ]  # fmt: skip

    def own_places(self, kind: str) -> list[str]:
        """Where a payload names the account that it is for: what stands there is a parameter's value."""
        names = {f"{{{{{name}}}}}" for name in self.surface.parameters}
        return [pointer for pointer, value in leaves(self.surface.events[kind].payload) if value in names]

    @property
    def id_pointer(self) -> str:
        """Where the plain event's id stands."""
        return identify(self.payload(), self.surface.identities)[0].pointers[0]

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
        whole = _PLACEHOLDER.fullmatch(node)
        if whole:
            return self._value(whole)
        return _PLACEHOLDER.sub(lambda match: str(self._value(match)), node)

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
            "uuid": lambda: _uuid(chance),
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
