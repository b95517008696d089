"""A second implementation of verifying, by the templates of a file of vectors alone: it shares no line with ours."""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from urllib.parse import parse_qsl


def opinion(group, test):
    """Whether a strict reader of the templates accepts the request of a test."""
    headers = [(name.lower(), value) for name, value in test["request"]["headers"]]
    body = base64.b64decode(test["request"]["body_base64"])
    found = [value for name, value in headers if name == group["header"]]
    if len(found) != 1:
        return False
    if group["algorithm"] in ("token", "bearer", "basic"):
        return hmac.compare_digest(credential(group).encode(), found[0].encode("latin-1"))
    for id_, time, digest in readings(group["value"], group["headers"], found[0], dict(headers)):
        mac = hmac.new(key(group), signed(group, test["request"], body, id_, time), hash_of(group))
        wanted = base64.b64encode(mac.digest()).decode() if "base64" in group["value"] else mac.hexdigest()
        if hmac.compare_digest(wanted.encode(), digest.encode("latin-1")) and fresh(group, time, test["now"]):
            return True
    return False


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
    pattern = re.sub(r"\\\{digest_(hex|base64)\\\}", "(?P<digest>.*)", pattern)
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
