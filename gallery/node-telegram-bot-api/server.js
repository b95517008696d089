// node-telegram-bot-api's own webhook server: every update that reaches a handler is counted by its id.

import { createServer } from "node:http";
import { Bot } from "node-telegram-bot-api";
import { createWebhookServer } from "node-telegram-bot-api/node";

const handled = new Map();
const bot = new Bot("123456:TOKEN");

bot.use((context) => {
  const id = String(context.update.update_id);
  handled.set(id, (handled.get(id) ?? 0) + 1);
});

const effects = createServer((request, response) => {
  response.end(JSON.stringify({ count: handled.get(request.url.slice("/effects/".length)) ?? 0 }));
});

const settings = { path: "/api/v1/webhooks/telegram/123", secretToken: process.env.HOOKPROOF_SECRET };
effects.listen(Number(process.env.BESIDE), "127.0.0.1");
createWebhookServer(bot, settings).listen(Number(process.env.PORT), "127.0.0.1");
