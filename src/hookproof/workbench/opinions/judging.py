"""What is right about one delivery and what is not: its signature, and why not; its schema, and where not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from hookproof.delivery import placed
from hookproof.delivery.secret import Secret
from hookproof.delivery.signature import KeyedSigner, Scheme
from hookproof.evidence.forensics import explain_signature
from hookproof.providers import Surface
from hookproof.sender.attempts.misfits import describe
from hookproof.workbench.opinions.recipes import search
from hookproof.workbench.opinions.recognition import IncomingRequest, Recognised, Recogniser

RIGHT, WRONG, MISSING, STALE, UNCHECKED, NONE = "right", "wrong", "missing", "stale", "unchecked", "none"
"""What a signature can be: made with the key over these bytes; not so; not there; right, but signed at another time;
there, but nobody gave us the secret; none documented and none seen."""
_WORST = (WRONG, STALE, MISSING, UNCHECKED, NONE, RIGHT)
FITS, MISFIT, UNKNOWN = "right", "wrong", "unknown"


@dataclass(frozen=True)
class SignedText:
    """What was signed and how, without the key: between each two `pieces` stands the body as it was sent."""

    algorithm: str
    header: str
    signs: str
    pieces: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class Opinion:
    """What is thought of one delivery. `seems`: nobody said whose it is. `pointer`: where the complaint is about."""

    provider: str = ""
    surface: str = ""
    seems: bool = True
    also: tuple[str, ...] = ()
    kind: str = ""
    ids: tuple[str, ...] = ()
    signature: str = NONE
    why: str = ""
    schema: str = UNKNOWN
    complaint: str = ""
    pointer: str = ""
    signed: SignedText | None = None

    def record(self) -> dict[str, Any]:
        """As it is written down: half of a character, which JSON can hold and a file cannot, is spelled out."""
        found: dict[str, Any] = _whole(asdict(self))
        return found


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, (list, tuple)) else value


class Judge:
    """Judges deliveries with the documents of a run and the secrets of its environment."""

    def __init__(self, recogniser: Recogniser, keys: Sequence[Secret]) -> None:
        self._recogniser, self._keys = recogniser, list(keys)

    @property
    def sealed(self) -> frozenset[str]:
        """The headers that hold a signature or a credential by somebody's documents, in lower case."""
        return frozenset(scheme.header.lower() for known in self._recogniser.known for scheme in known.schemes)

    def judge(self, request: IncomingRequest, at: float) -> Opinion:
        """What is thought of a delivery that came at Unix time `at` (seconds)."""
        found = self._recogniser.recognise(request)
        surface = found.known.surface if found.known else None
        signature, why, signed = self._signature(request, found, at)
        schema, complaint, pointer = _schema(request, found)
        return Opinion(
            provider=surface.provider.name if surface else "",
            surface=surface.subject if surface else "",
            seems=not self._recogniser.given,
            also=found.also if surface and not self._recogniser.given else (),
            kind=found.kind,
            ids=found.ids,
            signature=signature,
            why=why,
            schema=schema,
            complaint=complaint,
            pointer=pointer,
            signed=signed,
        )

    def _signature(self, request: IncomingRequest, found: Recognised, at: float) -> tuple[str, str, SignedText | None]:
        """The verdict on all its signatures: the first that is not right says why."""
        schemes = found.known.schemes if found.known else ()
        if not schemes or not found.known:
            return self._of_a_stranger(request)
        checked = [self._checked(scheme, request, found.known.surface, at) for scheme in schemes]
        there = [one for one in checked if one[0] != MISSING]
        return min(there or checked, key=lambda one: _WORST.index(one[0]))

    def _checked(
        self, scheme: Scheme, request: IncomingRequest, surface: Surface, at: float
    ) -> tuple[str, str, SignedText | None]:
        values = signatures_in(scheme, request)
        told = _signed_text(scheme, request, surface)
        if not values or not values[0][1]:
            where = f"the header {scheme.header}" if scheme.header else f"{scheme.place} in the body"
            return MISSING, f"{where} is missing", None
        if not self._keys:
            return UNCHECKED, "no secret was given", told
        if len(values) > 1 and not scheme.place:
            return WRONG, f"{scheme.header} stands there {len(values)} times", told
        why = ""
        for key in self._keys:
            signers = _signers(scheme, key, request, surface)
            if isinstance(signers, str):
                why = why or signers
                continue
            for signer in signers:
                if all(signer.matches(request.body, value, item) for item, value in values):
                    late = _off(signer.scheme, at)
                    return (STALE, late, told) if late else (RIGHT, "", told)
            why = why or _explained(signers[0], request, values[0][1])
        return WRONG, why, told

    def _of_a_stranger(self, request: IncomingRequest) -> tuple[str, str, SignedText | None]:
        """A signature that nobody documented: the usual recipes are tried, with the secret if there is one."""
        if not request.signature_headers:
            return NONE, "", None
        names = ", ".join(request.signature_headers)
        if not self._keys:
            return UNCHECKED, f"{names}: no secret was given", None
        for key in self._keys:
            if recipe := search(request, key.reveal()):
                signed = SignedText(
                    recipe.algorithm, recipe.header, recipe.signs, (recipe.before, recipe.after), recipe.key
                )
                return RIGHT, f"found by trying: {recipe}", signed
        return UNCHECKED, f"{names}: none of the usual recipes gives it with this secret", None


def signatures_in(scheme: Scheme, request: IncomingRequest) -> list[tuple[str, str]]:
    """Every signature that stands where the scheme says: the pointer of what it signs in the body, and its value."""
    if not scheme.place:
        return [("", value) for name, value in request.lowered if name == scheme.header.lower()]
    payload = request.json
    each = [(item, replace(scheme, items="", place=item + scheme.place)) for item in placed.items(payload, scheme)]
    return [(item, placed.signature_in(payload, one)) for item, one in each]


def _signers(scheme: Scheme, key: Secret, request: IncomingRequest, surface: Surface) -> list[KeyedSigner] | str:
    """Who may have signed what came, for each URL that it may have been sent to; or why the secret cannot be one."""
    try:
        scheme.key_of(key.reveal())
    except ValueError:
        return f"the secret is not written as documented: {scheme.key}"
    signer = KeyedSigner(scheme, key)
    urls = _urls(request) if "{url}" in scheme.signs else [""]
    return [signer.to(surface.public_url(url), request.method).received(request.lowered, request.body) for url in urls]


def _urls(request: IncomingRequest) -> list[str]:
    """The URLs by which a sender may know us: a tunnel may have taken TLS off."""
    host = request.first.get("x-forwarded-host") or request.first.get("host", "")
    return [f"{scheme}://{host}{target}" for scheme in ("https", "http") for target in (request.target, request.path)]


def _explained(signer: KeyedSigner, request: IncomingRequest, value: str) -> str:
    """Why a signature may be wrong."""
    scheme = signer.scheme
    if not scheme.covers_the_body:
        return "it is not the secret"
    if scheme.pair:
        return "this public key does not verify it"
    why = explain_signature(signer, request.body, value)
    if "{url}" not in scheme.signs:
        return why
    return f"{why}; it covers the URL, and --set public_url says by which one the sender knows us"


def _off(scheme: Scheme, at: float) -> str:
    """By how much a signed time is off, if that is more than receivers let pass; else empty."""
    if not scheme.timestamped or not scheme.tolerance_s:
        return ""
    try:
        off = at - scheme.instant(scheme.stamp.timestamp)
    except ValueError:
        return "the signed time is not written as documented"
    if abs(off) <= scheme.tolerance_s:
        return ""
    return f"signed {abs(off):.0f} s {'ago' if off > 0 else 'ahead'}; receivers let {scheme.tolerance_s:.0f} s pass"


def _signed_text(scheme: Scheme, request: IncomingRequest, surface: Surface) -> SignedText | None:
    if not scheme.covers_the_body:
        return None
    url = surface.public_url(_urls(request)[0])
    stamp = replace(scheme.stamp_in(request.lowered, request.body), url=url, method=request.method)
    raw = replace(scheme, stamp=stamp).pieces(request.body, b"<the secret>")
    pieces = tuple(piece.decode("utf-8", "replace") for piece in raw)
    return SignedText(scheme.algorithm, scheme.header or scheme.place, scheme.signs, pieces, scheme.key)


def _schema(request: IncomingRequest, found: Recognised) -> tuple[str, str, str]:
    """Whether the body fits, the first complaint, and the pointer that it is about."""
    known = found.known
    if known is None:
        return UNKNOWN, "", ""
    if found.payload is None:
        if not request.body and request.method != "POST":
            return UNKNOWN, "", ""
        return MISFIT, f"the body is no {known.surface.fields.content_type}", ""
    try:
        error = known.misfit(found.payload)
        if error is None:
            return FITS, "", ""
        kind, error = known.nearest(found.documented, found.payload, error)
    except ValueError:
        return MISFIT, "the body holds half of a character (a lone surrogate)", ""
    path = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in error.instance_path)
    return MISFIT, describe(error, known.surface.schema(kind)), path
