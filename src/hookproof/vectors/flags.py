"""Each flag of a vector: what its tests have in common, which bug they catch, and where such a bug was public."""

from __future__ import annotations

from hookproof.vectors.vector_file import VectorNote

FLAGS: dict[str, VectorNote] = {
    # what must be accepted
    "genuine": VectorNote(
        "A documented event, signed as documented.", "A verifier that refuses what the vendor sends."
    ),
    "printed": VectorNote(
        "A signature that the vendor prints, or that its printed code computes.",
        "Verifying something else than the vendor signs.",
    ),
    "scripts": VectorNote(
        "Text in many scripts, written as UTF-8, under a right signature.",
        "Reading the body as ASCII or Latin-1 before the digest is made.",
        "github/docs#3567",
    ),
    "sizes": VectorNote("Bodies from two bytes to 64 KiB.", "A limit on what is read or hashed."),
    "spelling": VectorNote(
        "JSON spelled as no library of yours would: indented, escaped, keys in another order, CRLF, numbers like 1.0.",
        "Signing JSON that was parsed and written again, instead of the bytes that came.",
        "octokit/webhooks.js#71",
    ),
    "header-name": VectorNote(
        "The names of headers in lower, upper and mixed case.",
        "Looking for a header by its name in one case only (RFC 9110, 5.1).",
        "EasyPost/easypost-node#399",
    ),
    "other-headers": VectorNote(
        "Headers that have nothing to do with the signature, before and behind it.",
        "Taking a header by its place, or one with a similar name.",
    ),
    "keys": VectorNote(
        "Other keys of the documented spelling.", "A key that is cut, decoded twice or kept from before."
    ),
    "rotation": VectorNote(
        "Several signatures in one header, of which one is right, at any place.",
        "Looking at the first or the last signature of a list only, while keys rotate.",
        "adnanh/webhook#355",
    ),
    "tolerated-time": VectorNote(
        "A signed time that is a little off, in the past or ahead.", "A tolerance of zero, or in one direction only."
    ),
    # what must be refused
    "changed-body": VectorNote(
        "One change in the body, under the signature of the body before: a byte, a blank, a byte order mark.",
        "Signing less than the whole body, or the body trimmed, decoded or normalised.",
    ),
    "another-key": VectorNote(
        "A right signature with a key that is not the endpoint's.",
        "Not verifying at all, or with a wrong key.",
        "aiogram/aiogram#1024",
    ),
    "guessable-key": VectorNote(
        "Signed with the empty key, or with what an unset variable is printed as.",
        "An unset key that counts as a key: HMAC takes an empty one without complaint.",
        "corsair#830",
    ),
    "missing-signature": VectorNote(
        "No signature header, an empty one, one that is blank; the body is an event or is garbage.",
        "Verifying only where a signature is sent.",
        "krkn-chaos/krkn#1277",
    ),
    "missing-part": VectorNote(
        "A header that is signed, or that carries the signed time or id, is missing or empty.",
        "Taking what is missing for an empty text, or the time for optional.",
        "own-pay/OwnPay#296",
    ),
    "malformed-signature": VectorNote(
        "What is no signature at all: letters that are no digits, a byte beyond ASCII, a thousand digits.",
        "An error that nobody catches: comparing different lengths, decoding what cannot be decoded.",
        "KanishJebaMathewM/Truxify#3755; srtab/daiv#1524",
    ),
    "changed-digit": VectorNote("One digit of the signature is another one.", "Comparing some digits only."),
    "cut-signature": VectorNote(
        "A beginning or another part of the right signature.",
        "Comparing as many bytes as were sent: a short signature can be guessed.",
        "RUSTSEC-2024-0010",
    ),
    "other-delivery": VectorNote(
        "The genuine signature of another delivery.",
        "Taking a signature for a password: one that was seen once is enough.",
    ),
    "other-algorithm": VectorNote(
        "A digest by another algorithm, without a key, or of zeros.",
        "Taking the algorithm from the request, or a digest that needs no secret.",
    ),
    "changed-url": VectorNote(
        "Sent to another URL, or by another method, than was signed.",
        "A URL that is not compared: what was sent to one endpoint is taken by another.",
    ),
    "changed-time": VectorNote(
        "Another time than was signed, or one that is no time: NaN, 1e9, milliseconds, a minus sign.",
        "A time that is compared but not signed; a comparison that NaN passes.",
        "nextlyhq/nextly#227",
    ),
    "changed-id": VectorNote(
        "Another id than was signed.", "An id that is not signed: one event becomes many.", "ShipfoxHQ/shipfox#709"
    ),
    "old-time": VectorNote(
        "Signed with the right key, too long ago.",
        "No look at the time: whoever recorded a delivery can send it again.",
        "windmill-labs/windmill#8596",
    ),
    "future-time": VectorNote(
        "Signed with the right key for a moment too far ahead.",
        "A tolerance in one direction only: a delivery stays fresh for too long.",
        "camunda/connectors#8989",
    ),
    "wrong-list": VectorNote(
        "A list in which no signature is right: wrong ones, a hundred of them, an empty list.",
        "A loop that accepts when it ends, or breaks over what it does not know.",
    ),
    # what documents leave open
    "other-spelling": VectorNote(
        "The right digest in another spelling: upper case, another encoding or prefix, something around it.",
        "A decoder that takes more than is documented. Harmless by itself: who made it has the key.",
        "profullstack/sh1pt#800",
    ),
    "same-text": VectorNote(
        "Other bytes than were signed, of which lenient readers make the same text: a byte order mark, a stray byte.",
        "Reading the body as text before it is verified. Harmless where only that text is used.",
    ),
    "two-headers": VectorNote(
        "The signature header twice, once right and once wrong.",
        "Taking the first of two, or the last: a proxy in front may take the other.",
    ),
    "odd-body": VectorNote(
        "A right signature over bytes that no sender means to send: NUL, no UTF-8, a byte order mark, nothing at all.",
        "Reading the body as text, or parsing it first.",
    ),
}
"""What each flag is about, by its name, in the order of a file."""
