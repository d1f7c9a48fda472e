/** What runs in the browser of whoever sends a file, as it is served. */

/** Encrypts a file to the key of its upload; see `sealing.ts` for the other side. */
export const SEAL_SCRIPT = `const CURVE = { name: 'ECDH', namedCurve: 'P-256' };

export async function seal({ name, bytes, publicKey, about }) {
  const encode = (text) => new TextEncoder().encode(text);
  const raw = Uint8Array.from(atob(publicKey), (letter) => letter.charCodeAt(0));
  const theirs = await crypto.subtle.importKey('raw', raw, CURVE, false, []);
  const ours = await crypto.subtle.generateKey(CURVE, true, ['deriveBits']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', ours.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, ours.privateKey, 256);
  const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: point, info: encode(about) };
  const aes = { name: 'AES-GCM', length: 256 };
  const key = await crypto.subtle.deriveKey(derivation, base, aes, false, ['encrypt']);
  const label = encode(name).slice(0, 1000);
  const plain = new Uint8Array(2 + label.length + bytes.length);
  plain.set([label.length >> 8, label.length & 255]);
  plain.set(label, 2);
  plain.set(bytes, 2 + label.length);
  const once = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: encode(about) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(once, key, plain));
  const whole = new Uint8Array(1 + point.length + sealed.length);
  whole.set([1]);
  whole.set(point, 1);
  whole.set(sealed, 1 + point.length);
  return whole;
}
`;

/** The form. */
export const FORM_SCRIPT = `import { seal } from './seal.js';

const form = document.querySelector('form');
const state = document.querySelector('[role=status]');
const say = (text) => { state.textContent = text; };

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const file = form.elements.file.files[0];
  if (!file) return say('Choose a file first.');
  if (file.size > Number(form.dataset.most)) return say('This file is too large: send a smaller one, or ask us.');
  if (!globalThis.crypto?.subtle) return say('Your browser encrypts only over https: ask us for a link that begins with it.');
  form.querySelector('button').disabled = true;
  say('Encrypting and sending…');
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { publicKey, about } = form.dataset;
    const body = await seal({ name: file.name, bytes, publicKey, about });
    const answer = await fetch(location.pathname, {
      method: 'POST', body, headers: { 'content-type': 'application/octet-stream', accept: 'application/json' },
    });
    if (answer.ok) {
      form.hidden = true;
      return say('Received. Thank you: this link is used up now, and you may close this page.');
    }
    const problem = await answer.json().catch(() => ({}));
    say(problem.detail ?? 'It was not received. Try again.');
  } catch {
    say('It was not received. Try again.');
  }
  form.querySelector('button').disabled = false;
});
`;
