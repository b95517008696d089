"""python-telegram-bot with its own webhook server: every update that reaches a handler is counted by its id."""

import json
import os
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from telegram import Update
from telegram.ext import Application, TypeHandler

handled = Counter()


class Beside(BaseHTTPRequestHandler):
    """What a webhook on one machine needs beside it: a Bot API that says yes, and the effects."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bot = {"id": 123456, "is_bot": True, "first_name": "Gallery", "username": "gallery_bot"}
        self.answer({"ok": True, "result": bot if self.path.endswith("/getMe") else True})

    def do_GET(self):
        self.answer({"count": handled[self.path.rpartition("/")[2]]})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def count(update, _):
    handled[str(update.update_id)] += 1


beside = ThreadingHTTPServer(("127.0.0.1", int(os.environ["BESIDE"])), Beside)
threading.Thread(target=beside.serve_forever, daemon=True).start()
origin = f"http://127.0.0.1:{os.environ['BESIDE']}"

application = Application.builder().token("123456:TOKEN").base_url(f"{origin}/bot").build()
application.add_handler(TypeHandler(Update, count))
application.run_webhook(
    listen="127.0.0.1",
    port=int(os.environ["PORT"]),
    url_path="api/v1/webhooks/telegram/123",
    webhook_url="https://bot.example/api/v1/webhooks/telegram/123",
    secret_token=os.environ["HOOKPROOF_SECRET"],
)
