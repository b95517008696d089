"""What an inbound message looks like on each channel. Pure: bytes in, messages out.

A message is {"id", "customer", "text"}. A body that cannot be one of its channel's raises ValueError (or
RecursionError); one without a message in it (statuses, reads, echoes, kinds of tomorrow) has none, and is fine.
Batches are read item by item, and a damaged item does not spoil the others.
"""

import hashlib
import json
import re
from decimal import Decimal
from email import message_from_bytes
from urllib.parse import parse_qsl


def read(channel, body, content_type):
    """The inbound messages in a body."""
    event = mail_fields(body, content_type) if channel == "email" else parse(body)
    return [
        {"id": found, "customer": string(customer), "text": string(text)}
        for found, customer, text in READERS[channel](event)
        if string(found)
    ]


def whatsapp(event):
    expect(event.get("object") == "whatsapp_business_account")
    for change in each(event, "entry", "changes"):
        if change.get("field") == "messages":
            for message in each(change, "value", "messages"):
                yield message.get("id"), message.get("from"), member(message, "text").get("body")


def instagram(event):
    expect(event.get("object") == "instagram")
    items = each(event, "entry", "messaging")
    items += [
        member(change, "value") for change in each(event, "entry", "changes") if change.get("field") == "messages"
    ]
    for item in items:
        message = member(item, "message") or member(item, "postback")
        if not message.get("is_echo") and not message.get("is_deleted"):
            yield message.get("mid"), member(item, "sender").get("id"), message.get("text") or message.get("title")


def telegram(event):
    expect(isinstance(event.get("update_id"), Decimal))
    for kind in ("message", "channel_post", "business_message", "guest_message"):
        if message := member(event, kind):
            sender = member(message, "from") or member(message, "chat")
            yield str(event["update_id"]), str(sender.get("id")), message.get("text") or message.get("caption")


def x(event):
    """Account Activity as it was, and the Activity API that wraps the same arrays."""
    expect(any(name in event for name in ("for_user_id", "data", "user_event", "replay_job_status")))
    payload = member(event, "data", "payload") or event
    own = event.get("for_user_id") or member(event, "data", "filter").get("user_id")
    for found in each(payload, "direct_message_events"):
        sender = member(found, "message_create").get("sender_id")
        if found.get("type") == "message_create" and sender != own:
            yield found.get("id"), sender, member(found, "message_create", "message_data").get("text")


def email(fields):
    """The fields of four services: what one calls `from` is `sender` or `From` to another."""
    headers = "\n".join(string(fields.get(name)) for name in ("headers", "message-headers", "email", "body-mime"))
    named = re.search(r'(?:^|")message-id"?\s*[:,]\s*"?<([^>\s]+)>', headers, re.IGNORECASE | re.MULTILINE)
    sender = first(fields, "From", "from", "Sender", "sender") or member(fields, "FromFull").get("Email")
    found = first(fields, "MessageID", "Message-Id").strip("<>") or (named[1] if named else "")
    expect(sender or found)
    if not found:  # a mail need not have an id; equal contents are the same mail then
        found = hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()
    yield found, sender, first(fields, "TextBody", "text", "body-plain", "Text-part")


READERS = {"whatsapp": whatsapp, "instagram": instagram, "telegram": telegram, "x": x, "email": email}


def parse(body):
    """The JSON object in `body`."""
    event = json.loads(body.decode("utf-8-sig"), parse_int=Decimal, parse_constant=no_json)
    expect(isinstance(event, dict) and event)
    return event


def no_json(word):
    """NaN and Infinity: Python reads them, JSON has none. (And int() refuses more than 4300 digits; Decimal not.)"""
    raise ValueError(word)


def mail_fields(body, content_type):
    """The fields of a mail as its service posts it: JSON, a form, or a form with attachments, which are left out."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1000))
    if kind != "multipart/form-data":
        return parse(body)
    form = message_from_bytes(b"Content-Type: " + content_type.encode("utf-8", "replace") + b"\r\n\r\n" + body)
    expect(form.is_multipart())
    parts = [part for part in form.get_payload() if not part.get_filename() and not part.is_multipart()]
    named = [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in parts]
    return {name: value.decode("utf-8", "replace") for name, value in named if isinstance(name, str)}


def expect(truth):
    if not truth:
        raise ValueError("not what this channel sends")


def each(value, *names):
    """The objects in the arrays (or the object) under these names; what has another shape is left out."""
    found = [value]
    for name in names:
        below = [item.get(name) for item in found]
        found = [item for one in below for item in (one if isinstance(one, list) else [one]) if isinstance(item, dict)]
    return found


def member(value, *names):
    """The object under these names, or an empty one."""
    for name in names:
        value = value.get(name)
        if not isinstance(value, dict):
            return {}
    return value


def first(fields, *names):
    """The first text under these names that is not empty."""
    return next(filter(None, (string(fields.get(name)) for name in names)), "")


def string(value):
    return value if isinstance(value, str) else ""
