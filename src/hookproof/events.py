"""Realistic events: a provider's example payloads filled with unique ids and Faker's people, texts and numbers.

Everything but the ids follows from the seed. Ids also follow from the run, because receivers remember them.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from faker import Faker

from hookproof.model import COMPACT, Delivery, Headers, Secret
from hookproof.signature import KeyedSigner
from hookproof.specs import Form, Provider

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
_PLACEHOLDER = re.compile(r"\{\{([a-z][a-z0-9.]*)(-\d+)?(#\d+)?\}\}")


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
    """Makes deliveries of one provider. `media_url` turns (name, content, type) into a URL that serves it."""

    def __init__(
        self,
        provider: Provider,
        parameters: dict[str, str],
        *,
        secret: Secret | None,
        seed: int = 0,
        run: str = "",
        media_url: Callable[[str, bytes, str], str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.provider = provider
        self.form_name, self.form = provider.form(parameters)
        self.signer = KeyedSigner(provider.scheme, secret) if provider.scheme and secret else None
        self.random = random.Random(f"{seed}")
        self._ids = random.Random(f"{seed}:{run}")
        self.spelling = COMPACT
        self._media_url = media_url or (lambda name, content, type_: f"https://media.example.invalid/{name}")
        self._now = now

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, event in self.provider.kinds.items() if self.form_name in event["payloads"]]

    def payload(self, kind: str, media: Media | None = None, *, plain: bool = False) -> Any:
        """A fresh payload of that kind; `plain`: with nothing but ASCII in it."""
        event = self.provider.kinds[kind]
        if media is None and "media" in event:
            media = self.media(event["media"])
        return _Filling(self, media, plain=plain).fill(event["payloads"][self.form_name])

    def media(self, described: dict[str, str]) -> Media:
        """A small unique file of the described type, and where it is served."""
        content = f"{described['name']} {self.token(24)}\n".encode() * 40
        return Media(self._media_url(described["name"], content, described["type"]), content, described["type"])

    def make(self, kind: str = "", media: Media | None = None, *, plain: bool = False) -> Delivery:
        """A genuine, signed delivery of a fresh event; a `plain` one serves as control."""
        kind = kind or self.default_kind
        return self.deliver(self.payload(kind, media, plain=plain), kind)

    @cached_property
    def default_kind(self) -> str:
        return "text" if "text" in self.kinds else self.kinds[0]

    def deliver(self, payload: Any, kind: str = "") -> Delivery:
        """Sign and wrap any payload."""
        body, id_ = self.spelling.write(payload), event_id(payload, self.form)
        return Delivery(body, self.headers, id_, kind, spelling=self.spelling, signer=self.signer).signed()

    def renewed(self, delivery: Delivery) -> Delivery:
        """The same content as another event: only what identifies it is new."""
        payload = json.loads(delivery.body)
        fresh = self.payload(delivery.kind or self.default_kind)
        for pointer in self.form.event_id:
            put(payload, pointer, get(fresh, pointer))
        return self.deliver(payload, delivery.kind)

    @property
    def headers(self) -> Headers:
        return ((b"Content-Type", self.provider.fields.content_type.encode()), (b"User-Agent", b"hookproof"))

    def token(self, length: int) -> str:
        return "".join(self._ids.choices(_ALPHABET, k=length))

    def pool(self, kinds: Sequence[str] = (), size: int = 256) -> Iterator[tuple[str, bytes, str]]:
        """Endless distinct signed deliveries as (event id, body, signature), at memory speed.

        `size` different contents are made once and cut at their id; each draw joins them around a new id and signs.
        """
        kinds = kinds or self.kinds
        pointer = self.form.event_id[0]
        cuts = []
        for number in range(size):
            payload = self.payload(kinds[number % len(kinds)])
            value = str(get(payload, pointer))
            put(payload, pointer, _MARK)
            body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
            before, after = body.split(_MARK.encode())
            cuts.append((before, after, *_numbered(value), self._other_ids(payload)))
        sign = self.signer.sign if self.signer else (lambda body, *, secret=None: "")
        for serial, (before, after, lead, width, rest) in zip(itertools.count(), itertools.cycle(cuts), strict=False):
            identity = b"%b%0*d" % (lead, width, serial)
            body = before + identity + after
            yield identity.decode() + rest, body, sign(body)

    def _other_ids(self, payload: Any) -> str:
        return "".join(f":{get(payload, pointer)}" for pointer in self.form.event_id[1:])


_MARK = "~hookproof-id~"


def _numbered(value: str) -> tuple[bytes, int]:
    """Split an id into a lead to keep and the width of the serial number that replaces its end."""
    width = min(10, len(value))
    return value[:-width].encode(), width


class _Filling:
    """Fills one payload: the same placeholder gives the same value."""

    def __init__(self, maker: Maker, media: Media | None, *, plain: bool) -> None:
        self._maker, self._plain = maker, plain
        self._media = media
        self._values: dict[str, Any] = {}
        self._now = maker._now()

    def fill(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self.fill(value) for key, value in node.items()}
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
            return _TIMES[word](self._now + timedelta(seconds=int(shift or 0)))
        if match[0] not in self._values:
            self._values[match[0]] = self._make(word)
        return self._values[match[0]]

    def _make(self, word: str) -> Any:
        chance = self._maker.random
        names, texts = (_PLAIN_NAMES, _PLAIN_TEXTS) if self._plain else _people()
        if word.startswith("media."):
            return self._of_media(word)
        makers: dict[str, Callable[[], Any]] = {
            "id": lambda: self._maker.token(15),
            "text": lambda: chance.choice(texts),
            "reply": lambda: chance.choice(texts),
            "name": lambda: chance.choice(names),
            "phone": lambda: f"{chance.randint(1, 998)}{self._maker._ids.randrange(10**9):09d}",
            "uuid": lambda: _uuid(chance),
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
    "unix": lambda when: int(when.timestamp()),
    "clock": lambda when: when.strftime("%I:%M:%S %p").lstrip("0"),
}


def _uuid(chance: random.Random) -> str:
    raw = f"{chance.getrandbits(128):032x}"
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def event_id(payload: Any, form: Form) -> str:
    """What identifies the event, as an observer is asked for it; empty where the payload lacks it."""
    try:
        return ":".join(str(get(payload, pointer)) for pointer in form.event_id)
    except (KeyError, IndexError, TypeError, ValueError):
        return ""


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def get(payload: Any, pointer: str) -> Any:
    """The value at a JSON pointer. Raises KeyError or IndexError where there is none."""
    for step in _steps(pointer):
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]
    return payload


def put(payload: Any, pointer: str, value: Any) -> None:
    """Set the value at a JSON pointer in place."""
    *path, last = _steps(pointer)
    for step in path:
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]
    payload[int(last) if isinstance(payload, list) else last] = value


def drop(payload: Any, pointer: str) -> None:
    """Remove what stands at a JSON pointer in place."""
    *path, last = _steps(pointer)
    for step in path:
        payload = payload[int(step)] if isinstance(payload, list) else payload[step]
    del payload[int(last) if isinstance(payload, list) else last]
