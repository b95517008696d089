// The receiver of the sample in WhatsAble's "Incoming messages" (v2.1.0, 2025-04-10), line for line, flaws included.
// Added: the settings, an in-memory count of what was processed, and GET /effects/:event_id to read it.

const crypto = require('crypto');
const express = require('express');

const secret = process.env.HOOKPROOF_SECRET;
const port = Number(process.env.PORT || 3000);
if (!secret) {
  console.error('HOOKPROOF_SECRET is not set: put the signing secret of your endpoint there');
  process.exit(2);
}

const app = express();
const effects = new Map(); // event_id -> how often it was processed

function verifyWebhookSignature(requestBody, signatureHeader, webhookSecret) {
  const hmac = crypto.createHmac('sha256', webhookSecret);
  const signature = hmac.update(requestBody).digest('hex');
  return crypto.timingSafeEqual(
    Buffer.from(signature, 'hex'),
    Buffer.from(signatureHeader, 'hex')
  );
}

app.post('/webhooks/whatsapp', express.raw({type: 'application/json'}), (req, res) => {
  const signature = req.headers['x-webhook-signature'];

  if (!signature) {
    return res.status(400).send('No signature header');
  }

  const isValid = verifyWebhookSignature(
    req.body.toString(),
    signature,
    secret
  );

  if (!isValid) {
    return res.status(401).send('Invalid signature');
  }

  const payload = JSON.parse(req.body.toString());
  effects.set(payload.event_id, (effects.get(payload.event_id) || 0) + 1);

  res.status(200).send('Webhook received');
});

app.get('/effects/:event_id', (req, res) => {
  res.json({count: effects.get(req.params.event_id) || 0});
});

const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
