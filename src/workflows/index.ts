/** Exactly the workflow types, by name. */
export { incident } from './incident.ts';
export { page } from './page.ts';
