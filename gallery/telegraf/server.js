// Telegraf's webhook on Node's own HTTP server: every update that reaches a handler is counted by its id.

import { createServer } from "node:http";
import { Telegraf } from "telegraf";

const handled = new Map();
const bot = new Telegraf("123456:TOKEN");
bot.botInfo = { id: 123456, is_bot: true, first_name: "Gallery", username: "gallery_bot" }; // no Bot API to ask here

bot.use((context) => {
  const id = String(context.update.update_id);
  handled.set(id, (handled.get(id) ?? 0) + 1);
});

const webhook = bot.webhookCallback("/api/v1/webhooks/telegram/123", { secretToken: process.env.HOOKPROOF_SECRET });

const server = createServer((request, response) => {
  if (request.url.startsWith("/effects/")) {
    response.end(JSON.stringify({ count: handled.get(request.url.slice("/effects/".length)) ?? 0 }));
  } else {
    webhook(request, response);
  }
});

server.listen(Number(process.env.PORT), "127.0.0.1");
