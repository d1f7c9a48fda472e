import type { Call } from './call.ts';

const CERTIFICATE_ID = { name: 'certificate', help: 'its id' };

/** PGP certificates of people outside. */
export const CERTIFICATE_CALLS: readonly Call[] = [
  {
    verb: 'certificates',
    summary: 'PGP certificates of people outside, by address',
    method: 'GET',
    path: '/v1/certificates',
    options: [{ flags: '--address <address>', help: 'only those for this one', field: 'address' }],
    show: 'fields',
  },
  {
    verb: 'certificate',
    summary: 'one of them, with the key itself',
    method: 'GET',
    path: '/v1/certificates/{certificate}',
    arguments: [CERTIFICATE_ID],
    show: 'fields',
  },
  {
    verb: 'certificate-add',
    summary: 'give one: compare its fingerprint with its owner first, you vouch for it',
    method: 'POST',
    path: '/v1/certificates',
    arguments: [{ name: 'address', help: 'whose it is', field: 'address' }],
    options: [{ flags: '--armored <text>', help: 'the public key: "$(cat reporter.asc)"', field: 'armored' }],
    show: 'fields',
  },
  {
    verb: 'certificate-remove',
    summary: 'remove one: nothing is encrypted to it, and its signatures count for nobody',
    method: 'POST',
    path: '/v1/certificates/{certificate}/remove',
    arguments: [CERTIFICATE_ID],
    show: 'fields',
  },
];
