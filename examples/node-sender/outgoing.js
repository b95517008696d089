// Where requests may go, and how one is made. An endpoint's URL is a stranger's wish: nothing it says, no name it holds
// and no answer it gives may lead a request into our own network, or hold it for longer than the deadline.

import { Resolver } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP } from 'node:net';

const DEADLINE_MS = 10_000; // in total: from the look-up of the name to the last byte of the answer
const MOST_BYTES = 2 ** 20; // of an answer's body, which nobody reads
export const development = process.env.NODE_ENV === 'development'; // plain http and loopback, for trying it out

// Of IPv6 only what is handed out is public (2000::/3), without what wraps IPv4 (Teredo, 6to4) or is for documents.
const isLoopback = within('ipv4', '127.0.0.0/8');
const isSpecial4 = within('ipv4', '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12',
  '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24',
  '203.0.113.0/24', '224.0.0.0/3');
const isUnicast6 = within('ipv6', '2000::/3');
const isSpecial6 = within('ipv6', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20');

function within(family, ...subnets) {
  const list = new BlockList();
  for (const [address, bits] of subnets.map((subnet) => subnet.split('/'))) list.addSubnet(address, +bits, family);
  return (address) => list.check(address, family);
}

function mayReach(address) {
  if (address === '::1' || (isIP(address) === 4 && isLoopback(address))) return development;
  return isIP(address) === 4 ? !isSpecial4(address) : isUnicast6(address) && !isSpecial6(address);
}

const resolver = new Resolver({ timeout: 2000, tries: 2 }); // not dns.lookup: four slow names would occupy all threads

async function addressesOf(name) {
  if (/(^|[.])localhost[.]?$/i.test(name)) return ['127.0.0.1', '::1']; // RFC 6761: nobody is asked
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => answer.value ?? []);
}

const hostOf = (url) => url.hostname.replace(/^\[|\]$/g, '');

// Why nothing can be sent to `text`; undefined if it can. It is looked at as written, before the parser repairs it,
// which drops tabs and takes 0x7f000001, 127.1, 017700000001 and １２７.0.0.1 for 127.0.0.1.
export async function whyNot(text) {
  const usual = typeof text === 'string' && text.length <= 2048 && !/[\s\\\u0000-\u001f\u007f-\u009f]/.test(text);
  const form = usual && /^https?:\/\/(\[[0-9a-f:.]+\]|[^/?#@:[\]]+)(:0*[1-9]\d*)?([/?#]|$)/i.exec(text);
  if (!form || !URL.canParse(text)) return 'url must be like https://example.org/webhooks, without user or spaces';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !development) return 'url must begin with https://';
  const literal = isIP(hostOf(url)) > 0;
  if (literal && form[1].toLowerCase() !== url.hostname) return 'url must have its address in the usual spelling';
  const addresses = literal ? [hostOf(url)] : await addressesOf(url.hostname); // a name without any may get some
  return addresses.every(mayReach) ? undefined : 'url must lead to a public address';
}

// For the connection itself, so that a name cannot mean one thing when looked at and another when used.
async function lookup(name, options, callback) {
  const found = await addressesOf(name);
  const code = !found.length ? 'ENOTFOUND' : found.every(mayReach) ? '' : 'EACCES';
  if (code) callback(Object.assign(new Error(`${name}: ${code}`), { code }));
  else callback(null, found.map((address) => ({ address, family: isIP(address) })));
}

// One attempt. Resolves to { status, retryAfterMs } once the whole answer is there, or to { error }; never rejects.
export function post(text, headers, body) {
  const url = new URL(text);
  const literal = isIP(hostOf(url)) > 0; // is not looked up
  const allowed = (url.protocol === 'https:' || development) && (!literal || mayReach(hostOf(url)));
  if (!allowed) return Promise.resolve({ error: 'not allowed outside development' });
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Length': body.length },
      agent: false, // a connection of its own: none that the other side is just closing
      autoSelectFamily: true, // lookup is asked for all addresses
      autoSelectFamilyAttemptTimeout: 1000,
      lookup,
      rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    });
    const settle = (outcome) => {
      clearTimeout(timer);
      resolve(outcome); // the first counts
      request.destroy();
    };
    // For the whole: the `timeout` of a request only notices silence, and an endpoint that drips is never silent.
    const timer = setTimeout(() => settle({ error: `no answer within ${DEADLINE_MS} ms` }), DEADLINE_MS);
    const failed = (error) => settle({ error: error?.code ?? error?.message ?? 'closed without an answer' });
    request.on('error', failed).on('close', failed).on('response', (answer) => {
      let bytes = 0;
      answer.on('error', failed); // closed half-way
      answer.on('data', (chunk) => (bytes += chunk.length) > MOST_BYTES && settle({ error: 'an answer without end' }));
      answer.on('end', () => settle({ status: answer.statusCode, retryAfterMs: retryAfterMs(answer) }));
    });
    request.end(body);
  });
}

function retryAfterMs({ statusCode, headers: { 'retry-after': value = '' } }) {
  if (statusCode !== 429 && statusCode !== 503) return 0;
  return /^\d+$/.test(value) ? value * 1000 : value.endsWith('GMT') ? Date.parse(value) - Date.now() || 0 : 0;
}
