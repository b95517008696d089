// whatsapp-api-js on Node's own HTTP server: every message that reaches the handler is counted by its id.

import { createServer } from "node:http";
import { WhatsAppAPI } from "whatsapp-api-js/middleware/node-http";

const handled = new Map();
const whatsapp = new WhatsAppAPI({
  token: "TOKEN",
  appSecret: process.env.HOOKPROOF_SECRET,
  webhookVerifyToken: "pingback_verify",
});

whatsapp.on.message = ({ message }) => {
  handled.set(message.id, (handled.get(message.id) ?? 0) + 1);
};

const server = createServer(async (request, response) => {
  const path = request.url.split("?")[0];
  if (path === "/api/v1/webhooks/whatsapp" && request.method === "POST") {
    response.statusCode = await whatsapp.handle_post(request);
    response.end();
  } else if (path === "/api/v1/webhooks/whatsapp" && request.method === "GET") {
    try {
      response.statusCode = 200;
      response.end(whatsapp.handle_get(request));
    } catch (status) {
      response.statusCode = status;
      response.end();
    }
  } else if (path.startsWith("/effects/")) {
    response.end(JSON.stringify({ count: handled.get(decodeURIComponent(path.slice("/effects/".length))) ?? 0 }));
  } else {
    response.statusCode = path === "/api/v1/webhooks/whatsapp" ? 405 : 404;
    response.end();
  }
});

server.listen(Number(process.env.PORT), "127.0.0.1");
