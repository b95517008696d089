"""A PingBack receiver that keeps its promises: store, acknowledge; then emit. `python app.py` starts it.

Here are the routes, the queue and the agents' Socket.IO; what a message looks like on each channel is in channels.py.
"""

import asyncio
import hmac
import json
import os
import socket
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import channels
import socketio
from aiohttp import web

VERIFY_TOKEN = os.environ.get("VERIFY_TOKEN", "pingback_verify")
CHANNELS = {
    "telegram": os.environ.get("TELEGRAM_CHANNELS", "123").split(","),
    "x": os.environ.get("X_CHANNELS", "456").split(","),
}
BODY_BYTES, MAIL_BYTES, DROP_BYTES, BODY_S = 4 * 2**20, 40 * 2**20, 64 * 2**20, 20.0

routes = web.RouteTableDef()
agents = socketio.AsyncServer(async_mode="aiohttp", always_connect=True)  # an agent is told so before it is sent more
disk = ThreadPoolExecutor(1)  # all of SQLite's work, one piece after the other
db = sqlite3.connect(os.environ.get("DATABASE", "receiver.sqlite3"), check_same_thread=False)
# Blobs: SQLite compares them byte by byte, and takes NULs and lone surrogates that its texts do not.
db.executescript("""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS conversations (id INTEGER PRIMARY KEY, customer BLOB NOT NULL UNIQUE);
    CREATE TABLE IF NOT EXISTS messages (key BLOB PRIMARY KEY, message TEXT NOT NULL, done INTEGER DEFAULT 0);
    CREATE INDEX IF NOT EXISTS messages_to_emit ON messages (done) WHERE done = 0;
""")


@routes.get("/api/v1/webhooks/{channel:whatsapp|instagram}")
async def verify(request):
    """Meta's challenge, answered byte for byte. Plain text and nosniff: a script in it stays text."""
    query = request.raw_path.partition("?")[2].encode("utf-8", "surrogateescape").decode("latin-1")
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
    given = {name: value.encode("latin-1") for name, value in pairs}
    once = Counter(name for name, _ in pairs)
    genuine = all(once[name] == 1 for name in ("hub.mode", "hub.verify_token", "hub.challenge"))
    genuine = genuine and given["hub.mode"] == b"subscribe" and given["hub.challenge"] != b""
    if not genuine or not hmac.compare_digest(given["hub.verify_token"], VERIFY_TOKEN.encode()):
        raise web.HTTPForbidden(text="Not verified")
    return web.Response(
        body=given["hub.challenge"], content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"}
    )


@routes.post("/api/v1/webhooks/{channel:whatsapp|instagram|email}")
@routes.post("/api/v1/webhooks/{channel:telegram|x}/{channel_id}")
async def receive(request):
    channel, channel_id = request.match_info["channel"], request.match_info.get("channel_id", "")
    if channel in CHANNELS and channel_id not in CHANNELS[channel]:
        raise web.HTTPNotFound(text="No such channel")
    body = await read(request, MAIL_BYTES if channel == "email" else BODY_BYTES)
    try:
        found = await asyncio.to_thread(channels.read, channel, body, request.headers.get("Content-Type", ""))
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(text="Not an event") from None
    if await on_disk(store, f"{channel}/{channel_id}".rstrip("/"), found):
        waiting.set()
    return web.Response(text="Received")


async def read(request, most_bytes):
    """The raw body."""
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size <= most_bytes:
                    body += chunk
                elif size > DROP_BYTES:  # up to here: whoever is still writing may never read the answer
                    break
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="Incomplete body") from None
    except (web.RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest(text="Broken body") from None
    if size > most_bytes:
        raise web.HTTPRequestEntityTooLarge(most_bytes, size, text="Body too large")
    return bytes(body)


def store(channel, messages):
    """Queue the messages that are not known yet, all or none; how many. On disk before anybody is told."""
    with db:
        return sum(store_one(channel, message) for message in messages)


def store_one(channel, message):
    """A message is known by its channel and its id, for platforms do not coordinate their ids; customers likewise."""
    key, customer = (f"{channel}:{message[name]}".encode("utf-8", "surrogatepass") for name in ("id", "customer"))
    db.execute("INSERT OR IGNORE INTO conversations (customer) VALUES (?)", [customer])
    (conversation,) = db.execute("SELECT id FROM conversations WHERE customer = ?", [customer]).fetchone()
    shown = json.dumps(message | {"channel": channel, "conversation": conversation})
    return db.execute("INSERT OR IGNORE INTO messages (key, message) VALUES (?, ?)", [key, shown]).rowcount


async def emit_all():
    """Show every message to the agents, once. It waits in the queue until there is an agent to see it.

    A crash between emitting and marking emits it again: its id tells agents so.
    """
    while True:
        await waiting.wait()
        waiting.clear()
        while row := await on_disk(next_message):
            await online.wait()
            key, message = row
            await agents.emit("new_message", json.loads(message))
            await on_disk(mark_done, key)


def next_message():
    return db.execute("SELECT key, message FROM messages WHERE done = 0 ORDER BY rowid LIMIT 1").fetchone()


def mark_done(key):
    with db:
        db.execute("UPDATE messages SET done = 1 WHERE key = ?", [key])


def on_disk(function, *arguments):
    return asyncio.get_running_loop().run_in_executor(disk, function, *arguments)


@agents.event
async def connect(sid, environ):
    """An agent came. In production: look at their session first."""
    connected.add(sid)
    online.set()


@agents.event
async def disconnect(sid, reason):
    connected.discard(sid)
    if not connected:
        online.clear()


connected = set()
online, waiting = asyncio.Event(), asyncio.Event()
waiting.set()  # for what was acknowledged, but not emitted when the process ended


async def background(app):
    emitting = asyncio.create_task(emit_all())
    yield
    emitting.cancel()
    disk.shutdown()


if __name__ == "__main__":
    app = web.Application()
    app.add_routes(routes)
    app.cleanup_ctx.append(background)
    agents.attach(app)
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "8003"))))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    # Compressed bodies are not inflated: no platform sends them, and a small one can become a very large one.
    web.run_app(app, sock=listener, print=None, access_log=None, shutdown_timeout=5, auto_decompress=False)
