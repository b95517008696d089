"""aiogram's webhook handler in aiohttp: every update that reaches a handler is counted by its id."""

import os
from collections import Counter

from aiogram import Bot, Dispatcher
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

handled = Counter()
dispatcher = Dispatcher()


@dispatcher.update.outer_middleware
async def count(handler, event, data):
    handled[str(event.update_id)] += 1
    return await handler(event, data)


async def effects(request):
    return web.json_response({"count": handled[request.match_info["event_id"]]})


app = web.Application()
bot = Bot("123456:TOKEN")
webhook = SimpleRequestHandler(dispatcher, bot, secret_token=os.environ["HOOKPROOF_SECRET"])
webhook.register(app, path="/api/v1/webhooks/telegram/123")
setup_application(app, dispatcher, bot=bot)
app.router.add_get("/effects/{event_id}", effects)
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
