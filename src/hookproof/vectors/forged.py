"""Entries that a verifier refuses: the signature is not the endpoint's, or not of these bytes; and open spellings."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from hookproof.cases import bodies, signatures
from hookproof.delivery.model import Case, Delivery
from hookproof.delivery.signature import KeyedSigner
from hookproof.providers.events import Maker
from hookproof.vectors.genuine import covers_bytes
from hookproof.vectors.question import VectorEntry, url_of
from hookproof.vectors.restamped import stamp_entries

MOST_MEMBERS = 12
"""How many members of a body are changed one by one."""
JUNK = "receiver.signature.rejects-junk-around-the-signature"


def forged_entries(maker: Maker) -> Iterator[VectorEntry]:
    """Everything that must be refused, and what some refuse although it harms nobody."""
    for flag, table in _refused(maker).items():
        for name, case in table.items():
            yield VectorEntry(flag, name, partial(_of, maker, case), accept=False)
    for flag, table in _left_open(maker).items():
        for name, case in table.items():
            yield VectorEntry(flag, name, partial(_of, maker, case), accept=False, left_open=True)
    yield from stamp_entries(maker)


def _of(maker: Maker, case: Case) -> Delivery:
    return case(maker.make(plain=True))


def _refused(maker: Maker) -> dict[str, dict[str, Case]]:
    """Flag, name and case of what must be refused."""
    covered = maker.signer is not None and maker.signer.scheme.covers_all and not maker.signer.scheme.place
    return {
        "changed-body": _changed_bodies(maker) if covered else {},
        "another-key": _other_keys(maker),
        "guessable-key": {name or "the empty key": _signed_with(name.encode()) for name in GUESSES},
        "missing-signature": _missing(maker),
        "malformed-signature": signatures.malformed_signatures(maker),
        "changed-digit": signatures.changed_digits(maker),
        "cut-signature": _cut(maker),
        "other-delivery": _others(maker) if covered else {},
        "other-algorithm": signatures.other_algorithms(maker),
        "changed-url": _urls(maker),
    }


def _left_open(maker: Maker) -> dict[str, dict[str, Case]]:
    """Flag, name and case of what harms nobody if it is accepted. In a list others may stand beside the right one."""
    around = {**signatures.junk_around_the_signature(maker), **_blanks()}
    in_a_list = maker.signer is not None and maker.signer.scheme.lists
    spellings = {**signatures.other_encodings(maker), **({} if in_a_list else around)}
    in_body = maker.signer is not None and maker.signer.scheme.place
    if in_body:
        return {}
    same = {name: case for name, case in _changes(maker).items() if name in SAME_TEXT}
    return {"other-spelling": spellings, "same-text": same, "two-headers": TWO_HEADERS}


GUESSES = ("", "undefined", "null", "None", "secret", "your_secret_here")
"""Keys that stand for a key that nobody set."""


def _signed_with(key: bytes) -> Case:
    return lambda delivery: delivery.signed(f"signed with the key {key.decode()!r}", secret=key)


def _other_keys(maker: Maker) -> dict[str, Case]:
    """Keys that resemble the endpoint's, and one that does not."""
    signer = maker.signer
    if not isinstance(signer, KeyedSigner):
        return {}
    key, said = signer.key, signer.secret.reveal()
    keys = {
        "another one": b"another secret",
        "a line break behind": key + b"\n",
        "a blank before": b" " + key,
        "its first half": key[: len(key) // 2],
        "backwards": key[::-1],
        "its text as it is spelled": said,
        "its text without the prefix": said.removeprefix(signer.scheme.key_prefix.encode()),
        "in hex digits": key.hex().encode(),
    }
    return {name: _with_key(name, other) for name, other in keys.items() if other != key}


def _with_key(name: str, key: bytes) -> Case:
    return lambda delivery: delivery.signed(f"signed with another key: {name}", secret=key)


def _missing(maker: Maker) -> dict[str, Case]:
    """No signature, or nothing where it belongs, over an event and over garbage."""
    empty = {
        "no header": lambda delivery: delivery.unsigned(),
        "an empty value": lambda delivery: delivery.with_signature("", "with an empty signature"),
        "a blank": lambda delivery: delivery.with_signature(" ", "with a blank for a signature"),
    }
    garbage = {name: case for name, case in bodies.unsigned_garbage(maker).items() if "nested" not in name}
    return {**empty, **{f"garbage: {name}": case for name, case in garbage.items()}}


def _cut(maker: Maker) -> dict[str, Case]:
    """Parts of the right signature, and its digits doubled."""

    def twice(delivery: Delivery) -> Delivery:
        assert delivery.signer
        return delivery.with_signature(
            delivery.signer.scheme.around(delivery.digest[:8] * 8), "with eight digits again"
        )

    def one_byte(delivery: Delivery) -> Delivery:
        assert delivery.signer
        return delivery.with_signature(delivery.signer.scheme.around(delivery.digest[:2]), "with two digits")

    return {**signatures.parts_of_the_signature(maker), "two digits": one_byte, "eight digits, repeated": twice}


def _others(maker: Maker) -> dict[str, Case]:
    """Signatures that are genuine, for something else."""

    def of(make: Callable[[Delivery], Delivery], label: str) -> Case:
        return lambda delivery: delivery.with_signature(make(delivery).signature, f"with the signature {label}")

    return {
        "another event": of(lambda delivery: maker.make(plain=True), "of another event"),
        "an empty body": of(lambda delivery: delivery.with_signed_body(b"", ""), "of an empty body"),
        "an empty object": of(lambda delivery: delivery.with_signed_body(b"{}", ""), "of an empty object"),
    }


def _changed_bodies(maker: Maker) -> dict[str, Case]:
    """One change in the body after it was signed: to a member, or to bytes whatever they mean."""
    found = {name: case for name, case in _changes(maker).items() if name not in SAME_TEXT}
    members = [name for name in found if name.startswith("the value of ")]
    kept = {name: case for name, case in found.items() if name not in members[MOST_MEMBERS:]}
    edits: dict[str, Callable[[bytes], bytes]] = {
        "the first byte gone": lambda body: body[1:],
        "the last byte gone": lambda body: body[:-1],
        "the first half": lambda body: body[: len(body) // 2],
        "one bit in the middle": lambda body: _flipped(body, len(body) // 2),
        "one bit of the last byte": lambda body: _flipped(body, len(body) - 1),
        "a line break behind": lambda body: body + b"\n",
        "CR and LF behind": lambda body: body + b"\r\n",
        "a blank before": lambda body: b" " + body,
        "a NUL behind": lambda body: body + b"\x00",
        "all in capitals": bytes.upper,
        "twice": lambda body: body + body,
        "nothing": lambda body: b"",
        "garbage": lambda body: b"\x00\xff\xfe garbage",
    }
    more = {name: _edited(edit, f"changed after signing: {name}") for name, edit in edits.items()}
    return {**kept, **more, **_rewritten()} if covers_bytes(maker) else kept


def _changes(maker: Maker) -> dict[str, Case]:
    """The named changes to a body that the checks of receivers know, where it is an object that a header signs."""
    scheme = maker.signer.scheme if maker.signer else None
    covered = scheme is not None and scheme.covers_all and not scheme.place
    return signatures.changed_bodies(maker) if covered and isinstance(maker.payload(plain=True), dict) else {}


SAME_TEXT = ("a byte order mark before", "a replacement character made a stray byte")
"""Changes of bytes after which a lenient reader sees the text that was signed."""


def _urls(maker: Maker) -> dict[str, Case]:
    """Another URL or method than was signed, where they are."""
    signs = maker.signer.scheme.signs if maker.signer else ""
    url = url_of(maker.surface)
    found: dict[str, Case] = {}
    if "{url}" in signs:
        others = {"another path": f"{url}/other", "a query": f"{url}?admin=1", "another host": "https://example.org/"}
        found = {name: _sent_to(other) for name, other in others.items()}
    if "{method}" in signs:
        found["another method"] = lambda delivery: delivery.with_method("PUT")
    return found


def _sent_to(url: str) -> Case:
    return lambda delivery: delivery.to(url, "sent to another URL than was signed")


def _flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] if body else b"\x01"


def _edited(edit: Callable[[bytes], bytes], label: str) -> Case:
    return lambda delivery: delivery.with_body(edit(delivery.body), label)


def _rewritten() -> dict[str, Case]:
    """Bodies whose change a careless reader undoes: line ends, combined letters, escapes."""

    def rewrite(signed: bytes, sent: bytes, label: str) -> Case:
        return lambda delivery: delivery.with_signed_body(signed, label).with_body(sent, label)

    lines = json.dumps({"a": 1, "b": [2, 3]}, indent=1).encode()
    letters = '{"text": "Grüße, Ångström"}'
    return {
        "CRLF for LF": rewrite(lines, lines.replace(b"\n", b"\r\n"), "with CRLF in place of LF after signing"),
        "LF for CRLF": rewrite(lines.replace(b"\n", b"\r\n"), lines, "with LF in place of CRLF after signing"),
        "blanks around removed": rewrite(
            b" " + lines + b"\n", lines, "with the blanks around it removed after signing"
        ),
        "re-serialised": rewrite(lines, json.dumps(json.loads(lines)).encode(), "written again after signing"),
        "letters taken apart": rewrite(
            letters.encode(), unicodedata.normalize("NFD", letters).encode(), "with letters taken apart after signing"
        ),
        "letters escaped": rewrite(
            letters.encode(), json.dumps(json.loads(letters)).encode(), "with letters escaped after signing"
        ),
        "cut at a NUL": rewrite(lines + b"\x00 more", lines + b"\x00 else", "changed behind a NUL after signing"),
    }


def _blanks() -> dict[str, Case]:
    """The right value with white space around it, which HTTP takes off (RFC 9110, 5.5), or in it."""

    def around(change: Callable[[str], str], label: str) -> Case:
        return lambda delivery: delivery.with_signature(change(delivery.signature), label)

    return {
        "a blank before": around(lambda value: f" {value}", "with a blank before the signature"),
        "a blank behind": around(lambda value: f"{value} ", "with a blank behind the signature"),
        "a tab behind": around(lambda value: f"{value}\t", "with a tab behind the signature"),
    }


TWO_HEADERS: dict[str, Case] = {
    "wrong, then right": lambda delivery: delivery.with_two_signatures(delivery.wrong_signature, delivery.signature),
    "right, then wrong": lambda delivery: delivery.with_two_signatures(delivery.signature, delivery.wrong_signature),
    "right twice": lambda delivery: delivery.with_two_signatures(delivery.signature, delivery.signature),
    "empty, then right": lambda delivery: delivery.with_two_signatures("", delivery.signature),
}
"""The signature header twice."""


def wrong_group_entries(maker: Maker, other: Maker) -> Iterator[VectorEntry]:
    """What is asked with another key of the endpoint: an event signed with that key, and one with the usual key."""
    for kind in islice(maker.kinds, 2):
        yield VectorEntry("keys", kind, partial(maker.make, kind, plain=True), accept=True)
    yield VectorEntry("another-key", "of another endpoint", partial(_crossed, maker, other), accept=False)


def _crossed(maker: Maker, other: Maker) -> Delivery:
    """A delivery that the other endpoint's key signed."""
    foreign = other.make(plain=True)
    return replace(foreign, signer=maker.make(plain=True).signer, label="signed with the key of another endpoint")
