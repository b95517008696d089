// What is said about each kind of event. A kind is a type, and for messages that are no text what they are instead.

import { randomBytes, randomInt } from 'node:crypto';

const id = (prefix) => prefix + randomBytes(10).toString('hex');
const number = () => `+4915${randomInt(10 ** 9, 10 ** 10)}`; // E.164
const received = (content) => ({ message: { id: id('msg_in_'), from: number(), ...content } });
const state = (status, more) => ({ message: { id: id('msg_out_'), to: number(), status, ...more } });
const session = (status, more) => ({ session: { id: id('ses_'), status, ...more } });
const file = (type, name, mimeType, more) =>
  received({ type, media: { url: `https://files.example.org/${id('')}/${name}`, mimeType, size: 48_211, ...more } });

const kinds = {
  'message.received': (text) => received({ body: text }),
  'message.received.dash': (text) => received({ body: `${text} — and more …` }),
  'message.received.image': (text) => file('image', 'photo.jpg', 'image/jpeg', { caption: text }),
  'message.received.audio': () => file('audio', 'voice.ogg', 'audio/ogg'),
  'message.received.video': () => file('video', 'clip.mp4', 'video/mp4'),
  'message.received.document': () => file('document', 'bill.pdf', 'application/pdf', { fileName: 'bill.pdf' }),
  'message.received.location': () => received({ type: 'location', location: { latitude: 52.5, longitude: 13.4 } }),
  'message.sent': () => state('sent'),
  'message.delivered': () => state('delivered'),
  'message.read': () => state('read'),
  'message.failed': () => state('failed', { error: { code: 'recipient_unavailable' } }),
  'session.qr': () => session('qr', { qr: `2@${randomBytes(48).toString('base64')}` }),
  'session.connected': () => session('connected', { phone: number() }),
  'session.disconnected': () => session('disconnected', { reason: 'connection_lost' }),
  'session.logged_out': () => session('logged_out', { reason: 'unlinked_on_phone' }),
};

export const isKind = (kind) => typeof kind === 'string' && Object.hasOwn(kinds, kind);

export function makeEvent(kind, text) {
  const timestamp = new Date().toISOString().replace(/[.]\d+/, '');
  const deviceId = process.env.DEVICE_ID || 'dev_hookproof';
  const type = kind.split('.', 2).join('.');
  return { eventId: id('evt_'), type, timestamp, deviceId, ...kinds[kind](text) };
}
