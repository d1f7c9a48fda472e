import { addCall, NO_SUBJECT } from '../call.ts';
import { policyView } from '../policy-view.ts';
import { PolicySchema } from '../schemas/policy.ts';
import type { Office } from './deciding.ts';

/** The policy in force: what people choose from, with the sources beside it. */
export function addPolicy({ app, dependencies }: Office): void {
  const view = policyView(dependencies.policy);
  addCall(app, dependencies, {
    verb: 'policy',
    method: 'GET',
    url: '/v1/policy',
    tag: 'Policy',
    summary: 'The policy in force',
    answer: {
      status: 200,
      schema: PolicySchema,
      description: 'With name and hash; an incident keeps the one it began with.',
    },
    subject: async () => NO_SUBJECT,
    handle: async () => view,
  });
}
