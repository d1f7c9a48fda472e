import type { z } from 'zod';
import type { AssessmentStep } from '../../domain/commands.ts';
import { requireChannel, requirePeople } from '../people-and-channels.ts';
import { AssessmentBody, IncidentParams, ReassessmentBody } from '../schemas/decisions.ts';
import { instantText } from '../schemas/values.ts';
import { addDecision, type Office } from './deciding.ts';

/** Source: IC-10 to IC-16, IC-20 rows 1 and 8. */
export function addAssessments(office: Office): void {
  addDecision(office, {
    verb: 'assessment',
    path: 'assessment',
    summary: 'The initial assessment: scope, nature, criticality and severity',
    params: IncidentParams,
    body: AssessmentBody,
    step: ({ body, words }) => ({
      verb: 'assessment',
      ...assessed(body, words.keep({ summary: body.summary })),
    }),
  });
  addDecision(office, {
    verb: 'reassessment',
    path: 'reassessment',
    summary: 'Assess anew; with a conference it is row 8',
    params: IncidentParams,
    body: ReassessmentBody,
    step({ body, frozen, inForce, words }) {
      const { summary, reason, conference, again = [] } = body;
      if (conference !== undefined) {
        requireChannel(frozen, conference.channel, '/conference/channel');
        requirePeople(inForce, conference.present, '/conference/present');
      }
      const held = conference && { ...conference, heldAt: instantText(conference.heldAt) };
      return {
        verb: 'reassessment',
        ...assessed(body, words.keep({ summary, reason, conference: held })),
        hasConference: conference !== undefined,
        again,
      };
    },
  });
}

function assessed(body: z.infer<typeof AssessmentBody>, textId: string): AssessmentStep {
  return {
    isIncident: body.isIncident,
    nature: body.nature ?? null,
    dependsOnChangeManagement: body.dependsOnChangeManagement,
    scopeCriteria: body.scopeCriteria,
    criticality: body.criticality ?? null,
    criteria: body.criteria ?? [],
    tlp: body.tlp,
    textId,
    severityFactors: body.severityFactors ?? null,
  };
}
