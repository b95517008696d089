"""A WhatsAble receiver that keeps its promises: verify, store, acknowledge; then work. `python app.py` starts it."""

import asyncio
import hmac
import json
import os
import socket
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from decimal import Decimal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse as Answer
from starlette.requests import ClientDisconnect

SECRET = os.environ.get("HOOKPROOF_SECRET", "").encode()
if not SECRET:
    print("HOOKPROOF_SECRET is not set: put the signing secret of your endpoint there", file=sys.stderr)
    raise SystemExit(2)
BODY_BYTES, DROP_BYTES, BODY_S = 2**20, 2**25, 20.0

lock = threading.Lock()
worker = ThreadPoolExecutor(1)
db = sqlite3.connect(os.environ.get("DATABASE", "receiver.sqlite3"), check_same_thread=False)
# Blobs: SQLite compares them byte by byte, and takes NULs and lone surrogates that its texts do not.
db.executescript("""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS events (event_id BLOB PRIMARY KEY, body BLOB NOT NULL, done INTEGER DEFAULT 0);
    CREATE TABLE IF NOT EXISTS effects (event_id BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS effects_by_event ON effects (event_id);
""")


@asynccontextmanager
async def lifespan(_):
    for (key,) in db.execute("SELECT event_id FROM events WHERE done = 0").fetchall():
        worker.submit(work, key)  # acknowledged, but not worked on when the process ended
    yield
    worker.shutdown(cancel_futures=True)
    db.close()


# A redirect is a failed delivery: a wrong slash gets 404 instead.
app = FastAPI(lifespan=lifespan, redirect_slashes=False, openapi_url=None)


@app.post("/webhooks/whatsapp")
async def receive(request: Request):
    try:
        body = await asyncio.wait_for(read(request), BODY_S)
    except (TimeoutError, ClientDisconnect):
        return Answer("Incomplete body", 408)
    if body is None:
        return Answer("Body too large", 413)
    signatures = [value for name, value in request.headers.raw if name == b"x-webhook-signature"]
    if not any(signatures):
        return Answer("No signature header", 400)
    # Bytes, because compare_digest raises on non-ASCII text. Only 64 lower-case hex digits, sent once, are equal.
    expected = hmac.new(SECRET, body, "sha256").hexdigest().encode()
    if len(signatures) != 1 or not hmac.compare_digest(signatures[0], expected):
        return Answer("Invalid signature", 401)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json" or "content-encoding" in request.headers:
        return Answer("Only plain application/json", 415)
    try:
        key = parse(body)["event_id"].encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return Answer("Not an event", 400)
    if await run_in_threadpool(store, key, body):
        worker.submit(work, key)
    return Answer("Webhook received")


@app.get("/effects/{event_id:path}")
def effects(event_id: str):
    """How often an event was worked on. For hookproof; leave it out in production."""
    with lock:
        found = db.execute("SELECT count(*) FROM effects WHERE event_id = ?", [event_id.encode()])
        return {"count": found.fetchone()[0]}


async def read(request):
    """The raw body, or None if it is too large."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= BODY_BYTES:
            body += chunk
        elif size > DROP_BYTES:  # up to here: whoever is still writing may never read the answer
            break
    return bytes(body) if size <= BODY_BYTES else None


def parse(body):
    """The event in `body`; ValueError or RecursionError if there is none. Unknown types and fields are fine."""

    def refuse(word):  # NaN, Infinity: Python reads them, JSON has none
        raise ValueError(word)

    # int() refuses more than 4300 digits, which JSON allows.
    event = json.loads(body.decode("utf-8-sig"), parse_int=Decimal, parse_constant=refuse)
    if not isinstance(event, dict) or not isinstance(event.get("event_id"), str) or not event["event_id"]:
        raise ValueError("no event_id")
    return event


def store(key, body):
    """Queue the event unless its id is known; True if it is new. On disk before anybody is told."""
    with lock, db:
        return db.execute("INSERT OR IGNORE INTO events (event_id, body) VALUES (?, ?)", [key, body]).rowcount == 1


def work(key):
    """Do what the event asks for. A crash in between begins it again; the effect is counted with the work, once.

    Media belongs here: fetch data.message.media.url now, it expires after 24 hours, and compare its sha256.
    """
    with lock, db:
        if db.execute("UPDATE events SET done = 1 WHERE event_id = ? AND done = 0", [key]).rowcount:
            db.execute("INSERT INTO effects VALUES (?)", [key])


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "8000"))))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, http="h11", log_level="warning", timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listener])
