"""A journal as a real run would leave it: a receiver with typical flaws behind WhatsAble, no observer.

`python tests/journals/realistic.py > run.jsonl` writes it, to look at the page made from it.
"""

import json
import random
from itertools import count

URL = "http://127.0.0.1:3000/webhooks/whatsapp"
HEADER = 'Notifier by WhatsAble, Incoming messages v2.1, "Webhook Security"'
PAYLOAD = 'Notifier by WhatsAble, Incoming messages v2.1, "Payload Structure"'
HANDLING = 'Notifier by WhatsAble, Incoming messages v2.1, "Response Handling"'

# id, level, text, source, checks (area.name, cases after a colon)
REQUIREMENTS = [
    ("WHATSABLE-EP-1", "MUST", "Is reachable over HTTPS with a valid certificate.", HANDLING,
     "transport.presents-a-valid-certificate"),
    ("WHATSABLE-EP-2", "MUST", "Accepts POST requests with a JSON body.", HANDLING,
     "acknowledgement.acknowledges-every-documented-kind:text,image,audio,video,document,location"),
    ("WHATSABLE-EP-4", "MUST", "Accepts POST and refuses other methods.", HANDLING,
     "robustness.refuses-other-methods:GET,PUT,PATCH,DELETE"),
    ("WHATSABLE-EP-5", "MUST", "Processes JSON, in any script and any spelling of the content type.", PAYLOAD,
     "payload.acknowledges-texts-of-every-script robustness.refuses-a-body-that-is-not-json"
     " robustness.acknowledges-any-spelling-of-the-content-type:charset,upper-case,no-space"),
    ("WHATSABLE-EP-6", "MUST", "Answers with a 2xx within 10 seconds, whatever else is going on.", HANDLING,
     "acknowledgement.acknowledges-simultaneous-deliveries acknowledgement.acknowledges-a-slow-upload"
     " acknowledgement.acknowledges-the-largest-documented-delivery"
     " acknowledgement.acknowledges-before-it-fetches-the-media"
     " acknowledgement.acknowledges-while-another-sender-stalls"),
    ("WHATSABLE-EP-7", "MUST", "Handles the same event only once.", HANDLING,
     "idempotency.acknowledges-a-retry idempotency.processes-a-retry-once"
     " idempotency.processes-simultaneous-copies-once idempotency.processes-a-late-retry-once"),
    ("WHATSABLE-ACK-1", "MUST", "Answers every delivery with a 2xx, retries and unknown kinds included.", HANDLING,
     "acknowledgement.acknowledges-every-documented-kind payload.acknowledges-an-unknown-event-type:"
     "/event_type,/data/message/type,/version idempotency.acknowledges-a-retry"),
    ("WHATSABLE-SIG-0", "MUST", "Refuses a delivery whose signature does not match its raw body.", HEADER,
     "signature.rejects-a-body-changed-after-signing signature.rejects-a-change-anywhere-in-the-body"
     " signature.rejects-a-missing-signature signature.rejects-an-empty-signature"
     " signature.rejects-unsigned-garbage signature.has-no-effect-when-refused"),
    ("WHATSABLE-SIG-2", "MUST", "Reads the signature from X-Webhook-Signature, in any case, and only once.", HEADER,
     "signature.accepts-the-header-name-in-any-case:lower,upper,mixed"
     " signature.rejects-a-repeated-signature-header:forged-first,genuine-first"),
    ("WHATSABLE-SIG-3", "MUST", "Computes HMAC-SHA256 over the bytes as they were sent.", HEADER,
     "signature.verifies-the-bytes-as-sent:spaces,key-order,escapes signature.rejects-another-algorithm:sha1,md5"),
    ("WHATSABLE-SIG-4", "MUST", "Compares the whole signature with the header's value.", HEADER,
     "signature.rejects-another-secret signature.rejects-the-empty-secret signature.rejects-a-changed-digit"
     " signature.rejects-the-signature-of-another-delivery signature.rejects-junk-around-the-signature:before,after"
     " signature.rejects-part-of-the-signature:first-half,all-but-one,one-digit"
     " signature.rejects-a-malformed-signature:63-digits,65-digits,not-hex,NUL,line-break"),
    ("WHATSABLE-SIG-6", "MAY", "Answers 400 where the signature is missing, as the sample code does.", HEADER,
     "signature.answers-400-without-a-signature"),
    ("WHATSABLE-SIG-7", "MAY", "Answers 401 to a wrong signature, as the sample code does.", HEADER,
     "signature.answers-401-to-a-wrong-signature"),
    ("WHATSABLE-SIG-9", "SHOULD", "Does not reveal the expected signature.", HEADER,
     "signature.does-not-reveal-the-expected-signature"),
    ("WHATSABLE-IDEM-1", "MUST", "Uses event_id to recognise an event it has handled.", HANDLING,
     "idempotency.processes-a-retry-once idempotency.tells-similar-ids-apart"
     " idempotency.processes-equal-content-under-other-ids idempotency.keeps-the-id-free-when-a-forgery-uses-it"),
    ("WHATSABLE-IDEM-2", "MUST", "Handles an event whose first attempt was lost.", HANDLING,
     "idempotency.processes-an-event-whose-first-attempt-was-cut-off"
     " idempotency.processes-an-event-whose-answer-was-lost-once"),
    ("WHATSABLE-ENV-6", "MUST", "Takes any delivery the documented schema allows.", PAYLOAD,
     "payload.acknowledges-every-valid-delivery payload.acknowledges-a-delivery-without-its-optional-fields"),
    ("WHATSABLE-ENV-7", "SHOULD", "Takes fields it does not know.", PAYLOAD,
     "payload.acknowledges-an-unknown-field processing.processes-an-unknown-field"),
    ("WHATSABLE-PROC-1", "MAY", "Processes every kind of message the page lists.", PAYLOAD,
     "processing.processes-every-documented-kind"),
    ("WHATSABLE-ERR-1", "MUST", "Never answers a well-signed delivery with a server error.", HANDLING,
     "payload.survives-a-null payload.survives-every-invalid-delivery robustness.survives-a-compressed-body"),
    ("WHATSABLE-MEDIA-3", "SHOULD", "Acknowledges a delivery whose media cannot be fetched.", HANDLING,
     "media.acknowledges-media-that-cannot-be-fetched:404,other-bytes"),
    ("BASE-ROB-1", "MUST", "Stays alive whatever it is sent.", "CWE-248, Uncaught Exception",
     "robustness.survives-a-hostile-body:deep,long-number,lone-surrogate,NUL,duplicate-keys,huge-key"
     " robustness.survives-an-unsigned-hostile-body:deep,NUL robustness.survives-every-method:BREW,TRACE,OPTIONS"
     " robustness.stays-alive-after-it-all"),
    ("BASE-ROB-2", "SHOULD", "Does not leak its internals in errors.", "CWE-209, Information in an Error Message",
     "robustness.does-not-leak-internals-in-errors"),
    ("BASE-ROB-3", "MUST", "Takes any framing HTTP allows.", "RFC 9112, section 7.1",
     "robustness.acknowledges-a-chunked-body robustness.acknowledges-expect-100-continue"),
    ("BASE-ROB-4", "SHOULD", "Answers another content type without a server error.", "RFC 9110, section 15.5.16",
     "robustness.survives-another-content-type:text,form,none"),
    ("BASE-ACK-1", "SHOULD", "Answers without a redirect.", "Standard Webhooks 1.0.0, Deliverability",
     "acknowledgement.acknowledges-without-a-redirect"),
    ("BASE-SIG-1", "MUST", "Refuses a signature made with another secret.", "CWE-347, Improper Verification",
     "signature.rejects-another-secret signature.rejects-the-empty-secret"),
    ("BASE-TIME-1", "SHOULD", "Takes times after 2038.", "CWE-190, Integer Overflow",
     "payload.acknowledges-times-after-2038"),
]  # fmt: skip
APART = [
    {"id": "WHATSABLE-SIG-11", "level": "SHOULD", "text": "Compares signatures in constant time.",
     "excluded": "Timing differences of nanoseconds cannot be told from the network's."},
    {"id": "WHATSABLE-TESTING-1", "level": "MUST", "text": "Tests the endpoint before production.",
     "excluded": "A habit of the operator; no request shows it."},
    {"id": "WHATSABLE-FLAT-15", "level": "MUST", "text": "Handles each of the six values of message_type.",
     "checks": ["receiver.payload.acknowledges-an-unknown-event-type"], "applies": False,
     "subjects": []},
]  # fmt: skip

UNMET = {
    "signature.rejects-a-repeated-signature-header": "a forged signature beside the genuine one was accepted",
    "payload.survives-a-null": "server error for a well-signed delivery",
    "payload.survives-every-invalid-delivery": "server error for a well-signed delivery",
    "payload.acknowledges-an-unknown-event-type": "an unknown kind of event was refused",
    "robustness.does-not-leak-internals-in-errors": "the answer shows a stack trace",
    "signature.answers-400-without-a-signature": "the answer was 401",
    "media.acknowledges-media-that-cannot-be-fetched": "no acknowledgement: the server failed",
}
UNJUDGED = {
    "transport.presents-a-valid-certificate": ("prerequisite_failed", "the target is plain http on a loopback address"),
    "acknowledgement.acknowledges-while-another-sender-stalls": (
        "conflicting_evidence",
        "first 200 in 0.004 s, then no answer in 10 s, then 200 again",
    ),
}
NEEDS_OBSERVER = ("idempotency.processes", "idempotency.tells", "idempotency.keeps", "processing.", "signature.has-no")
TRACE = "TypeError: Cannot read properties of null (reading 'message')\n    at handle (/srv/app/webhook.js:41:27)"


DIFFERENCE = {
    "what": "the body sent, and re-serialised JSON",
    "at": 24,
    "start": 8,
    "expected": {"size": 48, "text": '_type": "incoming_message", "event_id": "evt_1",', "whole": 198},
    "actual": {"size": 48, "text": '_type": "incoming_MESSAGE", "event_id": "evt_1",', "whole": 196},
}
SERIES = {"caption": "a text event", "attempts": [
    {"at_s": 0.0, "open_s": 0.01, "answer": "500", "acknowledged": False},
    {"at_s": 0.9, "open_s": 0.01, "answer": "200", "acknowledged": True},
]}  # fmt: skip
EARLIER = [
    {"started": f"2026-11-{day:02}T10:00:00Z", "verdict": verdict, "complete": day != 9, "where": f"run-{day}",
     "passed": {"MUST": [day, 12], "SHOULD": [4, 6]}}
    for day, verdict in zip(range(5, 16), ["undecided", "nonconformant", "conformant"] * 4, strict=False)
]  # fmt: skip


def later():
    """The lines of a run that others came before."""
    first, *others = journal()
    before = {"whatsable/WHATSABLE-SIG-2": "pass", "whatsable/WHATSABLE-EP-5": "fail"}
    yield first
    yield {"type": "past", "runs": EARLIER}
    yield {"type": "older", "started": EARLIER[-1]["started"], "where": "run-15", "requirements": before}
    yield from others


def journal():
    """The lines, as dictionaries."""
    plan = [item for row in REQUIREMENTS for item in _items(row[4])]
    plan = list({json.dumps(item): item for item in plan}.values())
    yield _begin(plan)
    yield _fact("control", "the first genuine delivery was acknowledged: 200 in 0.004 s")
    yield _fact("calibration", "99 of 100 attempts to a server of our own took less than 0.003 s")
    numbers, dice = count(1), random.Random(0)
    for item in plan:
        attempts = list(_attempts(item, numbers, dice))
        yield from attempts
        yield _check(item, attempts)
    yield _fact("liveness", "asked 48 times, answered 48 times")
    yield {"type": "end", "elapsed_s": 41.77, "exit": 1, "interrupted": False}


def text():
    """The journal as it stands in run.jsonl."""
    return "".join(json.dumps(line) + "\n" for line in journal())


def _items(checks):
    for check in checks.split(" "):
        name, _, cases = check.partition(":")
        for case in cases.split(",") if cases else [None]:
            yield {"id": f"receiver.{name}", "subject": "whatsable", "case": case}


def _begin(plan):
    rows = [
        {"id": name, "level": level, "text": text, "source": source,
         "checks": [f"receiver.{check.partition(':')[0]}" for check in checks.split(" ")]}
        for name, level, text, source, checks in REQUIREMENTS
    ]  # fmt: skip
    empty = {"role": "receiver", "source": HANDLING, "checks": [], "excluded": None, "applies": True,
             "subjects": ["whatsable"]}  # fmt: skip
    provider = {"BASE": "baseline", "WHATSABLE": "whatsable"}
    requirements = [{**empty, "provider": provider[row["id"].partition("-")[0]], **row} for row in rows + APART]
    return {
        "type": "begin", "schema": "hookproof/journal/1", "version": "0.1.0", "run": "k3v9x1",
        "started": "2026-11-21T10:00:00Z", "seed": 0, "command": f"pytest --target {URL} --provider whatsable",
        "target": {"url": URL, "role": ["receiver"], "provider": ["whatsable"]},
        "parameters": {"payload": "envelope"}, "observer": None, "deadline_s": 10.0, "patience_s": 10.0,
        "strict": False, "requirements": requirements, "plan": plan,
    }  # fmt: skip


def _fact(name, text):
    return {"type": "fact", "name": name, "text": text}


def _unjudged(name):
    if name.startswith(NEEDS_OBSERVER):
        return "no_observer", "effects can only be seen with --effects"
    return UNJUDGED.get(name, (None, None))


def _attempts(item, numbers, dice):
    name = item["id"].removeprefix("receiver.")
    if name.startswith(NEEDS_OBSERVER):
        return
    if name.startswith("signature.rejects"):
        yield _attempt(next(numbers), item, "forged", 200 if name in UNMET else 401, dice)
    if name in UNMET and not name.startswith("signature"):
        yield _attempt(next(numbers), item, "signed, and made to hurt", 500, dice)
    many = {"acknowledges-simultaneous-deliveries": 25, "acknowledges-every-valid-delivery": 50,
            "survives-every-invalid-delivery": 40}.get(name.partition(".")[2], 1)  # fmt: skip
    for _ in range(many):
        yield _attempt(next(numbers), item, "genuine", 200, dice)


def _attempt(n, item, label, status, dice):
    data = {"phone_number": "8801734363287", "message": {"type": "text", "content": "Grüße, 你好, مرحبا, שלום 👋"}}
    event = {"event_type": "incoming_message", "event_id": f"evt_{dice.getrandbits(60):015x}", "data": data}
    body = json.dumps(event, ensure_ascii=False)
    answer = {200: '{"received":true}', 401: "Invalid signature", 500: TRACE}[status]
    elapsed_s = round(dice.uniform(0.002, 0.009), 4)
    binary = "compressed" in item["id"] or item["case"] == "NUL"
    sent = {"size": 64, "base64": "H4sIAAAAAAAAA6tWSi1LzSuJL6ksSFWyUsrMS87PzczL180tTi0uzszPU6oFAL5c" + "A" * 22 + "=="}
    return {
        "type": "attempt", "n": n, **item, "label": label, "at_s": round(n * 0.05, 4),
        "line": f"POST /webhooks/whatsapp {len(body.encode())} B, {label} -> {status} in {elapsed_s} s: "
                + json.dumps(answer[:60]),
        "method": "POST", "url": URL,
        "request": {
            "headers": [["Host", "127.0.0.1:3000"], ["Content-Type", "application/json"],
                        ["User-Agent", "hookproof/0.1.0"], ["X-Webhook-Signature", f"{dice.getrandbits(256):064x}"]],
            "body": sent if binary else {"size": len(body.encode()), "text": body}},
        "outcome": "answered", "detail": "", "status": status,
        "response": {"headers": [["X-Powered-By", "Express"], ["Content-Type", "text/plain"], ["Date", "now"]],
                     "body": {"size": len(answer), "text": answer}},
        "elapsed_s": elapsed_s,
        "timeline": [[0.0003, "connect", 0], [0.0004, "sent", 812], [elapsed_s, "first-byte", 120],
                     [round(elapsed_s + 0.0001, 4), "end", 0]],
        "signed": {"algorithm": "hmac-sha256", "header": "X-Webhook-Signature", "signs": "v1:{body}",
                   "value": "{digest_hex}", "own_secret": label != "forged"},
    }  # fmt: skip


def _check(item, attempts):
    name = item["id"].removeprefix("receiver.")
    reason, missing = _unjudged(name)
    outcome = "inconclusive" if reason else "unmet" if name in UNMET else "met"
    message = f"{UNMET[name]}:\n  {attempts[0]['line']}" if name in UNMET else missing or ""
    command = f"curl -sS -i {URL} \\\n  -H 'Content-Type: application/json' \\\n"
    command += '  -H "X-Webhook-Signature: $(openssl dgst -sha256 -hmac "$HOOKPROOF_SECRET" -r body.json | cut -c1-64)"'
    return {
        "type": "check", **item, "outcome": outcome, "reason": reason, "message": message,
        "attempts": [attempt["n"] for attempt in attempts],
        "reproduce": f"{command} \\\n  --data-binary @body.json" if outcome == "unmet" else None, "waited_s": 0.01,
        "differences": [DIFFERENCE] if outcome == "unmet" else [], "series": [SERIES] if outcome == "unmet" else [],
    }  # fmt: skip


if __name__ == "__main__":
    print(text(), end="")
