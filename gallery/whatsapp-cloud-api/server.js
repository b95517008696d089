// whatsapp-cloud-api with its own Express server: every message that reaches the handler is counted by its id.

import { createBot } from "whatsapp-cloud-api";

const handled = new Map();
const bot = createBot("106853218842071", "TOKEN");

await bot.startExpressServer({
  port: Number(process.env.PORT),
  webhookPath: "/api/v1/webhooks/whatsapp",
  webhookVerifyToken: "pingback_verify",
  useMiddleware: (app) => {
    app.get("/effects/:id", (req, res) => res.json({ count: handled.get(req.params.id) ?? 0 }));
  },
});

bot.on("message", (message) => {
  handled.set(message.id, (handled.get(message.id) ?? 0) + 1);
});
