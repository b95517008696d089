// grammY's webhook in an Express app: every update that reaches a handler is counted by its id.

import express from "express";
import { Bot, webhookCallback } from "grammy";

const handled = new Map();
const botInfo = { id: 123456, is_bot: true, first_name: "Gallery", username: "gallery_bot" }; // no Bot API to ask here
const bot = new Bot("123456:TOKEN", { botInfo });

bot.use((context) => {
  const id = String(context.update.update_id);
  handled.set(id, (handled.get(id) ?? 0) + 1);
});

const app = express();
app.use(express.json());
app.get("/effects/:id", (request, response) => response.json({ count: handled.get(request.params.id) ?? 0 }));
app.post("/api/v1/webhooks/telegram/123", webhookCallback(bot, "express", { secretToken: process.env.HOOKPROOF_SECRET }));
app.listen(Number(process.env.PORT), "127.0.0.1");
