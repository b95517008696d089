// whatsapp-business with its own Express server: every message that reaches the handler is counted by its id.

import { WebhookClient } from "whatsapp-business";

const handled = new Map();
const client = new WebhookClient({
  token: "pingback_verify",
  path: "/api/v1/webhooks/whatsapp",
  port: Number(process.env.PORT),
});

client.initWebhook({
  onMessageReceived: (message) => {
    handled.set(message.id, (handled.get(message.id) ?? 0) + 1);
  },
});

client.expressApp.app.get("/effects/:id", (request, response) => {
  response.json({ count: handled.get(request.params.id) ?? 0 });
});
