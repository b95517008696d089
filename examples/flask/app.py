"""A WAPing receiver that keeps its promises: verify, store, acknowledge; then work. `python app.py` starts it."""

import hmac
import json
import os
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal

import waitress
from flask import Flask, Response, request

SECRET = os.environ.get("HOOKPROOF_SECRET", "").encode()
if not SECRET:
    print("HOOKPROOF_SECRET is not set: put the signing secret of your endpoint there", file=sys.stderr)
    raise SystemExit(2)
BODY_BYTES, STALL_S = 2**20, 20

app = Flask(__name__, static_folder=None)
app.url_map.merge_slashes = False  # a redirect is a failed delivery: a wrong slash gets 404 instead
lock = threading.Lock()
worker = ThreadPoolExecutor(1)
db = sqlite3.connect(os.environ.get("DATABASE", "receiver.sqlite3"), check_same_thread=False)
# Blobs: SQLite compares them byte by byte, and takes NULs and lone surrogates that its texts do not.
db.executescript("""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS events (event_id BLOB PRIMARY KEY, body BLOB NOT NULL, done INTEGER DEFAULT 0);
    CREATE TABLE IF NOT EXISTS sessions (device BLOB PRIMARY KEY, state BLOB NOT NULL, at REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS effects (event_id BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS effects_by_event ON effects (event_id);
""")


@app.post("/webhooks/waping")
def receive():
    body = request.get_data()
    signature = request.headers.get("X-Wap-Signature", "")
    if not signature:
        return refuse(400, "No signature header")
    # Bytes, because compare_digest raises on non-ASCII text. Only 64 lower-case hex digits are equal; a header sent
    # twice arrives as one value with a comma, and is not.
    expected = hmac.new(SECRET, body, "sha256").hexdigest().encode()
    if not hmac.compare_digest(signature.encode("utf-8", "surrogatepass"), expected):
        return refuse(401, "Invalid signature")
    try:
        key = encoded(parse(body)["eventId"])
    except (ValueError, RecursionError):
        return refuse(400, "Not an event")
    if store(key, body):
        worker.submit(work, key)
    return {"received": True}


@app.get("/effects/<path:event_id>")
def effects(event_id):
    """How often an event was worked on. For hookproof; leave it out in production."""
    with lock:
        found = db.execute("SELECT count(*) FROM effects WHERE event_id = ?", [encoded(event_id)])
        return {"count": found.fetchone()[0]}


def refuse(status, why):
    return Response(why, status, mimetype="text/plain")


def parse(body):
    """The event in `body`; ValueError or RecursionError if there is none. Unknown types and fields are fine."""

    def no_json(word):  # NaN, Infinity: Python reads them, JSON has none
        raise ValueError(word)

    # int() refuses more than 4300 digits, which JSON allows.
    event = json.loads(body.decode("utf-8-sig"), parse_int=Decimal, parse_constant=no_json)
    if not isinstance(event, dict) or not all(isinstance(event.get(name), str) for name in ("eventId", "type")):
        raise ValueError("no eventId or no type")
    if not event["eventId"]:
        raise ValueError("an empty eventId")
    return event


def encoded(text):
    return text.encode("utf-8", "surrogatepass")


def store(key, body):
    """Queue the event unless its id is known; True if it is new. On disk before anybody is told."""
    with lock, db:
        return db.execute("INSERT OR IGNORE INTO events (event_id, body) VALUES (?, ?)", [key, body]).rowcount == 1


def work(key):
    """Do what the event asks for. A crash in between begins it again; the effect is counted with the work, once."""
    with lock, db:
        (body,) = db.execute("SELECT body FROM events WHERE event_id = ?", [key]).fetchone()
        if db.execute("UPDATE events SET done = 1 WHERE event_id = ? AND done = 0", [key]).rowcount:
            follow_session(parse(body))
            db.execute("INSERT INTO effects VALUES (?)", [key])


def follow_session(event):
    """Keep the newest state of each device: session events may arrive in any order, so `timestamp` decides."""
    device, state = event.get("deviceId"), event.get("type")
    try:
        at = datetime.fromisoformat(event["timestamp"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    if isinstance(device, str) and isinstance(state, str) and state.startswith("session."):
        newer = "ON CONFLICT (device) DO UPDATE SET state = excluded.state, at = excluded.at WHERE excluded.at > at"
        db.execute(f"INSERT INTO sessions VALUES (?, ?, ?) {newer}", [encoded(device), encoded(state), at])


if __name__ == "__main__":
    for (unfinished,) in db.execute("SELECT event_id FROM events WHERE done = 0").fetchall():
        worker.submit(work, unfinished)  # acknowledged, but not worked on when the process ended
    port = os.environ.get("PORT", "8001")
    limits = {"max_request_body_size": BODY_BYTES, "channel_timeout": STALL_S, "connection_limit": 1000}
    server = waitress.create_server(app, listen=f"127.0.0.1:{port}", threads=8, ident=None, **limits)
    print(f"listening on http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()
