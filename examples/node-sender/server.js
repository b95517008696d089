// A platform that keeps its promises: endpoints are registered here and events set off. `node server.js` starts it.

import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import { openDeliveries } from './deliveries.js';
import { isKind, makeEvent } from './events.js';
import { development, whyNot } from './outgoing.js';

const MOST_BYTES = 2 ** 16; // of a request's body
const LONGEST_TEXT = 4096; // characters; WhatsApp carries no more
const { HOOKPROOF_SECRET: secret, HOOKPROOF_TOKEN: token, BACKOFF_MS = '400' } = process.env;
if (!secret || !token || !(Number(BACKOFF_MS) > 0)) {
  console.error('Set HOOKPROOF_SECRET, which signs deliveries, HOOKPROOF_TOKEN, of the API, and no BACKOFF_MS below 1');
  process.exit(2);
}

const routes = {
  'GET /endpoints': () => ({ status: 200, body: { endpoints: [...deliveries.endpoints.values()] } }),
  'POST /endpoints': register,
  'DELETE /endpoints/:id': remove,
  'POST /trigger': trigger,
};

class Refused extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    Object.assign(this, { status, headers, body: { error: { code: http.STATUS_CODES[status], message } } });
  }
}

async function handle(req) {
  const path = req.url.split('?', 1)[0];
  if (!development || path !== '/trigger') authenticate(req.headers.authorization ?? '');
  const pattern = path.replace(/^(\/endpoints)\/[^/]+$/, '$1/:id');
  const matching = Object.keys(routes).filter((route) => route.endsWith(` ${pattern}`));
  const methods = matching.map((route) => route.split(' ')[0]);
  if (!methods.length) throw new Refused(404, 'There is nothing here');
  if (!methods.includes(req.method)) throw new Refused(405, 'Not with this method', { Allow: methods.join(', ') });
  return routes[`${req.method} ${pattern}`](req, path.split('/')[2]);
}

function authenticate(header) {
  const sha256 = (text) => createHash('sha256').update(text).digest(); // timingSafeEqual wants equal lengths
  const given = /^Bearer +(\S+)$/i.exec(header)?.[1] ?? '';
  if (timingSafeEqual(sha256(given), sha256(token))) return;
  throw new Refused(401, 'The bearer token is missing or wrong', { 'WWW-Authenticate': 'Bearer' });
}

async function register(req) {
  const { url, events = null } = await json(req);
  const named = Array.isArray(events) && events.length > 0 && events.every(isKind);
  if (events !== null && !named) throw new Refused(400, 'events must be a list of names of events');
  const why = await whyNot(url);
  if (why) throw new Refused(400, why);
  const id = `ep_${createHash('sha256').update(new URL(url).href).digest('hex').slice(0, 24)}`; // one for each URL
  if (deliveries.endpoints.has(id)) throw new Refused(409, 'There is an endpoint with this url');
  const endpoint = { id, url, events, created_at: new Date().toISOString() };
  await deliveries.register(endpoint);
  return { status: 201, body: endpoint };
}

async function remove(req, id) {
  if (!deliveries.endpoints.has(id)) throw new Refused(404, 'There is no such endpoint');
  await deliveries.remove(id);
  return { status: 204 };
}

async function trigger(req) {
  const { kind, text = '' } = await json(req);
  if (!isKind(kind)) throw new Refused(400, 'kind must be the name of an event');
  if (typeof text !== 'string' || [...text].length > LONGEST_TEXT) throw new Refused(400, 'text must be a short text');
  const event = makeEvent(kind, text);
  const wants = ({ events }) => !events || events.includes(kind) || events.includes(event.type);
  const recipients = [...deliveries.endpoints.values()].filter(wants).map(({ id }) => id);
  await deliveries.emit(event.eventId, JSON.stringify(event), recipients);
  return { status: 202, body: { event: event.eventId } };
}

async function json(req) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    if ((bytes += chunk.length) > MOST_BYTES) throw new Refused(413, 'Too large', { Connection: 'close' });
    chunks.push(chunk);
  }
  let value;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {} // no UTF-8, or no JSON
  if (!(value instanceof Object)) throw new Refused(400, 'The body must be a JSON object');
  return value;
}

const server = http.createServer(async (req, res) => {
  const { status, body, headers } = await handle(req).catch((error) => {
    if (error instanceof Refused) return error;
    console.error(error);
    return new Refused(500, 'That went wrong');
  });
  res.writeHead(status, { ...(body && { 'Content-Type': 'application/json' }), ...headers });
  res.end(body && JSON.stringify(body));
});
let deliveries; // opened when the port is ours, so that no second process writes the journal
server.requestTimeout = 20_000; // for a whole request, however slowly it comes
server.listen(Number(process.env.PORT || 3000), '127.0.0.1', () => {
  const path = process.env.DATABASE || 'sender.journal';
  deliveries = openDeliveries({ path, secret, backoffMs: Number(BACKOFF_MS) });
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
