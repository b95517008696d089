"""PyWa inside a FastAPI app: every kind of message that it has a handler for is counted by its id."""

import os
import threading
from collections import Counter

import uvicorn
from fastapi import FastAPI
from pywa import WhatsApp

handled, lock = Counter(), threading.Lock()
app = FastAPI()
wa = WhatsApp(
    server=app,
    webhook_endpoint="/api/v1/webhooks/whatsapp",
    verify_token="pingback_verify",
    app_secret=os.environ["HOOKPROOF_SECRET"],
)


@wa.on_message
@wa.on_callback_button
@wa.on_callback_selection
@wa.on_flow_completion
def count(_, update):
    with lock:
        handled[update.id] += 1


@app.get("/effects/{event_id}")
def effects(event_id: str):
    return {"count": handled[event_id]}


uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning")
