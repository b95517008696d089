"""A Chat API receiver that keeps its promises: store, acknowledge with 200; then work. `python app.py` starts it."""

import hashlib
import json
import os
import sqlite3
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import waitress
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

BODY_BYTES, STALL_S = 4 * 2**20, 20
STATES = {b"sent": 1, b"delivered": 2, b"viewed": 3}  # how far a message has got

# No middleware: a webhook has no session and no CSRF token, and a redirect to a better slash is a failed delivery.
# Nothing here looks at the Host header, so any will do.
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    APPEND_SLASH=False,
    DATA_UPLOAD_MAX_MEMORY_SIZE=BODY_BYTES,
)

lock = threading.Lock()
worker = ThreadPoolExecutor(1)
db = sqlite3.connect(os.environ.get("DATABASE", "receiver.sqlite3"), check_same_thread=False)
# Blobs: SQLite compares them byte by byte, and takes NULs and lone surrogates that its texts do not.
db.executescript("""
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS events (event_id BLOB PRIMARY KEY, of BLOB, state BLOB, done INTEGER DEFAULT 0);
    CREATE TABLE IF NOT EXISTS states (of BLOB PRIMARY KEY, state BLOB NOT NULL, rank INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS effects (event_id BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS effects_by_event ON effects (event_id);
""")


@require_POST
def receive(request):
    try:
        events = list(found_in(parse(request.body)))
    except (ValueError, RecursionError):
        return HttpResponse("Not a hook", status=400, content_type="text/plain")
    for key in store(events):
        worker.submit(work, key)
    return HttpResponse("OK", content_type="text/plain")  # 200: any other status counts as not delivered


@require_GET
def effects(request, event_id):
    """How often an event was worked on. For hookproof; leave it out in production."""
    with lock:
        found = db.execute("SELECT count(*) FROM effects WHERE event_id = ?", [encoded(event_id)])
        return JsonResponse({"count": found.fetchone()[0]})


urlpatterns = [path("webhooks/chat-api", receive), path("effects/<path:event_id>", effects)]


def parse(body):
    """The hook in `body`; ValueError or RecursionError if there is none. Unknown kinds and fields are fine."""

    def no_json(word):  # NaN, Infinity: Python reads them, JSON has none
        raise ValueError(word)

    # int() refuses more than 4300 digits, which JSON allows.
    hook = json.loads(body.decode("utf-8-sig"), parse_int=Decimal, parse_constant=no_json)
    if not isinstance(hook, dict) or not hook:
        raise ValueError("no object")
    return hook


def found_in(hook):
    """(key, what it is about, its state) of every event in the hook. Damaged items do not spoil the good ones.

    A message has an id. Its acks share that id and differ by status. A chat update has none: equal contents are the
    same update. A status of the instance may come back, so each one counts; setting a status twice does no harm.
    """
    for item in items(hook, "messages"):
        if text(item, "id"):
            yield encoded(item["id"]), None, None
    for item in items(hook, "ack"):
        if text(item, "id") and text(item, "status"):
            yield encoded(f"{item['id']}:{item['status']}"), encoded(item["id"]), encoded(item["status"])
    for item in items(hook, "chatUpdate"):
        content = json.dumps(item, sort_keys=True, default=str)
        yield hashlib.sha256(content.encode()).hexdigest().encode(), None, None
    if text(hook, "status"):
        instance, status = f"instance:{hook.get('instanceId')}", f"{hook['status']}, {hook.get('substatus')}"
        yield uuid.uuid4().bytes, encoded(instance), encoded(status)


def items(hook, name):
    found = hook.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text(item, name):
    return isinstance(item.get(name), str) and item[name]


def encoded(characters):
    return characters.encode("utf-8", "surrogatepass")


def store(events):
    """Queue the events whose keys are not known yet, all or none; their keys. On disk before anybody is told."""
    with lock, db:
        insert = "INSERT OR IGNORE INTO events (event_id, of, state) VALUES (?, ?, ?)"
        return [event[0] for event in events if db.execute(insert, event).rowcount]


def work(key):
    """Do what the event asks for. A crash in between begins it again; the effect is counted with the work, once."""
    with lock, db:
        of, state = db.execute("SELECT of, state FROM events WHERE event_id = ?", [key]).fetchone()
        if db.execute("UPDATE events SET done = 1 WHERE event_id = ? AND done = 0", [key]).rowcount:
            if state:  # "delivered" may come after "viewed", and changes nothing then
                newer = "DO UPDATE SET state = excluded.state, rank = excluded.rank WHERE excluded.rank >= rank"
                row = [of, state, STATES.get(state, 0)]
                db.execute(f"INSERT INTO states VALUES (?, ?, ?) ON CONFLICT (of) {newer}", row)
            db.execute("INSERT INTO effects VALUES (?)", [key])


if __name__ == "__main__":
    for (unfinished,) in db.execute("SELECT event_id FROM events WHERE done = 0").fetchall():
        worker.submit(work, unfinished)  # acknowledged, but not worked on when the process ended
    port = os.environ.get("PORT", "8002")
    limits = {"max_request_body_size": BODY_BYTES, "channel_timeout": STALL_S, "connection_limit": 1000}
    server = waitress.create_server(get_wsgi_application(), listen=f"127.0.0.1:{port}", threads=8, ident=None, **limits)
    print(f"listening on http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()
