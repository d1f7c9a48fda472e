/** Exactly the workflow types, by name. */
export { audit } from './audit.ts';
export { incident } from './incident.ts';
export { mailbox } from './mailbox.ts';
export { page } from './page.ts';
export { readiness } from './readiness.ts';
export { shifts } from './shifts.ts';
