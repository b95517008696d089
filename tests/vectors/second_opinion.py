"""A second implementation of verifying, by the templates of a file of vectors alone: it shares no line with ours."""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def opinion(group, test):
    """Whether a strict reader of the templates accepts the request of a test."""
    headers = [(name.lower(), value) for name, value in test["request"]["headers"]]
    body = base64.b64decode(test["request"]["body_base64"])
    if group["place"]:
        return in_the_body(group, body)
    found = [value for name, value in headers if name == group["header"]]
    if len(found) != 1:
        return False
    if group["algorithm"] in ("token", "bearer", "basic"):
        return hmac.compare_digest(credential(group).encode(), found[0].encode("latin-1"))
    for id_, time, digest in readings(group["value"], group["headers"], found[0], dict(headers)):
        text = signed(group, test["request"], body, id_, time)
        if group["algorithm"] in ("ed25519", "ecdsa-p256-sha256"):
            if by_pair(group, text, digest) and fresh(group, time, test["now"]):
                return True
            continue
        mac = hmac.new(key(group), text, hash_of(group))
        wanted = base64.b64encode(mac.digest()).decode() if "base64" in group["value"] else mac.hexdigest()
        if hmac.compare_digest(wanted.encode(), digest.encode("latin-1")) and fresh(group, time, test["now"]):
            return True
    return False


def in_the_body(group, body):
    """Whether each item that is signed has the right signature at its place in the body."""
    try:
        items = inside([json.loads(body)], group["items"].split("/")[1:])
        texts = [text_of(group, item) for item in items]
        told = [inside([item], group["place"].split("/")[1:])[0] for item in items]
    except (ValueError, LookupError, TypeError):
        return False
    macs = [hmac.digest(key(group), text.encode("utf-8", "surrogatepass"), hash_of(group)) for text in texts]
    wanted = [base64.b64encode(mac).decode() if "base64" in group["value"] else mac.hex() for mac in macs]
    return bool(items) and wanted == told


def inside(nodes, steps):
    """What stands there in each of these; `*` is every item of an array. Raises LookupError, TypeError, ValueError."""
    for step in steps:
        if step == "*":
            nodes = [each for node in nodes for each in node]
        else:
            nodes = [node[int(step)] if isinstance(node, list) else node[step] for node in nodes]
    return nodes


def text_of(group, item):
    """What is signed of an item, where that is values at places."""
    return re.sub(r"\{(/.*?)\}", lambda place: as_text(item, place[1]), group["signs"])


def as_text(item, place):
    """The value at that place, and nothing where there is none."""
    try:
        (value,) = inside([item], place.split("/")[1:])
    except (LookupError, TypeError, ValueError):
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def by_pair(group, text, signature):
    """Whether whoever has the private key signed that text."""
    try:
        raw = base64.b64decode(signature, validate=True) if "base64" in group["value"] else bytes.fromhex(signature)
        if group["algorithm"] == "ed25519":
            Ed25519PublicKey.from_public_bytes(key(group)).verify(raw, text)
        else:
            load_der_public_key(key(group)).verify(raw, text, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return len(signature) == len(signature.strip())


def signed(group, request, body, id_, time):
    """The bytes that are signed."""
    said = {"id": id_, "timestamp": time, "url": request["url"], "method": request["method"]}
    parts = re.split(r"\{(\w+)\}", group["signs"])
    found = []
    for at, part in enumerate(parts):
        if at % 2 == 0:
            found.append(part.encode())
        elif part == "body":
            found.append(body)
        elif part == "params":
            pairs = parse_qsl(body.decode("utf-8", "surrogateescape"), True, errors="surrogateescape")
            found += [f"{name}{value}".encode("utf-8", "surrogateescape") for name, value in sorted(pairs)]
        else:
            found.append(said[part].encode("latin-1"))
    return b"".join(found)


def credential(group):
    secret = group["secret"]
    if group["algorithm"] == "basic":
        secret = base64.b64encode(secret.encode()).decode()
    return group["value"].replace("{secret}", secret)


def readings(template, beside, value, headers):
    """Every (id, time, digest) that a header's value can be read as."""
    listed = re.search(r"\[(.*?)\]", template)
    one = template.replace(listed[0], listed[1].strip(" ,;")) if listed else template
    values = [value]
    if listed:
        gap = listed[1][-1] if listed[1][-1] in " ,;" else listed[1][0]
        lead = template[: listed.start()]
        head, _, rest = value.partition(gap) if lead else ("", "", value)
        values = [f"{head}{gap if lead else ''}{part}" for part in rest.split(gap)]
        one = lead + (gap if lead else "") + listed[1].strip(" ,;") if lead else one
    pattern = re.escape(one)
    for word, group in (("id", r"(?P<id>[^,;]*)"), ("timestamp", r"(?P<time>[^,;]*)")):
        pattern = pattern.replace(re.escape(f"{{{word}}}"), group)
    pattern = re.sub(r"\\\{(?:digest|signature)_(hex|base64)\\\}", "(?P<digest>.*)", pattern)
    for candidate in values:
        if match := re.fullmatch(pattern, candidate, re.DOTALL):
            said = match.groupdict()
            id_, time = said.get("id", ""), said.get("time", "")
            for name, written in beside.items():
                id_ = headers.get(name, "") if written == "{id}" else id_
                time = headers.get(name, "") if written == "{timestamp}" else time
            yield id_, time, said["digest"]


def key(group):
    secret = group["secret"]
    if group["key"] == "utf-8":
        return secret.removeprefix(group["key_prefix"]).encode()
    text = secret.removeprefix(group["key_prefix"])
    return bytes.fromhex(text) if group["key"] == "hex" else base64.b64decode(text)


def hash_of(group):
    return {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}[group["algorithm"][5:]]


def fresh(group, time, now):
    if "{timestamp}" not in group["signs"]:
        return True
    try:
        at = float(time) if re.fullmatch("[0-9]+", time) else datetime.fromisoformat(time).timestamp()
    except ValueError:
        return False
    at = at / 1000 if group["timestamp"] == "unix.ms" else at
    return group["tolerance_s"] is None or abs(now - at) <= group["tolerance_s"]
