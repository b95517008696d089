// A WhatsAble receiver that keeps its promises: verify, store, acknowledge; then work. `node server.js` starts it.

const crypto = require('crypto');
const express = require('express');
const { Journal } = require('./journal');

const secret = process.env.HOOKPROOF_SECRET;
if (!secret) {
  console.error('HOOKPROOF_SECRET is not set: put the signing secret of your endpoint there');
  process.exit(2);
}

const app = express();
app.disable('x-powered-by');
app.enable('strict routing');
app.enable('case sensitive routing');

// The raw bytes, whatever they call themselves: the signature is made of them. Compressed bodies get 415.
const raw = express.raw({ type: () => true, limit: '1mb', inflate: false });

app.post('/webhooks/whatsapp', raw, async (req, res) => {
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const signature = req.get('x-webhook-signature');
  if (!signature) return refuse(res, 400, 'No signature header');
  if (!verified(body, signature)) return refuse(res, 401, 'Invalid signature');
  const id = eventId(body);
  if (!id) return refuse(res, 400, 'Not an event');
  await journal.store(id, body); // on disk before anybody is told; a copy of a known event waits for the first
  res.type('text').send('Webhook received');
});

// How often an event was worked on. For hookproof; leave it out in production.
app.get('/effects/:event_id', (req, res) => {
  res.json({ count: journal.effects(req.params.event_id) });
});

app.all('/webhooks/whatsapp', (req, res) => {
  res.set('Allow', 'POST');
  refuse(res, 405, 'Only POST');
});

// Four parameters make it the error handler. Without it Express answers with the stack trace.
app.use((error, req, res, next) => {
  const status = error.status >= 400 && error.status < 500 ? error.status : 500;
  if (status === 500) console.error(error);
  if (res.headersSent) return next(error);
  refuse(res, status, 'Not taken');
});

function refuse(res, status, why) {
  res.status(status).type('text').send(why);
}

// Strict first: Buffer.from(…, 'hex') stops at the first character that is no digit, and timingSafeEqual throws when
// lengths differ. A header sent twice arrives as one value with a comma.
function verified(body, signature) {
  if (!/^[0-9a-f]{64}$/.test(signature)) return false;
  const expected = crypto.createHmac('sha256', secret).update(body).digest();
  return crypto.timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

// The event's id; undefined if the body is no event. Unknown types and fields are fine.
function eventId(body) {
  try {
    const event = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof event?.event_id === 'string' ? event.event_id : undefined;
  } catch {
    return undefined;
  }
}

// What the event asks for belongs here, after the answer. Media too: data.message.media.url expires after 24 hours.
// It runs again if the process dies within it: give calls to others the event's id as their idempotency key.
async function work(id, body) {}

const journal = new Journal(process.env.DATABASE || 'receiver.journal', work);
const server = app.listen(Number(process.env.PORT || 3000), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
server.requestTimeout = 20_000; // for a whole request, however slowly it comes
