import type { FastifyBaseLogger } from 'fastify';
import type { ContactKind } from '../domain/contact.ts';
import type { Incident } from '../domain/incident.ts';
import type { Command } from '../domain/commands.ts';
import type { Policy } from '../domain/policy.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { PageAnswers } from '../paging/answering.ts';
import type { CallbackOptions } from '../paging/callbacks.ts';
import type { FeedLinks } from '../paging/feed-links.ts';
import type { Links } from '../paging/links.ts';
import type { Db } from '../persistence/database.ts';
import type { TokenLookup } from './tokens.ts';

/** Everything that the API needs of the outside. Time, chance and identity arrive here, so that tests can say them. */
export interface ApiDependencies {
  readonly db: Db;
  /** Asks the incident's workflow, and answers when the step is recorded. */
  readonly decisions: Decisions;
  /** The policy in force: who has which role, and what new incidents are opened under. */
  readonly policy: Policy;
  /** For whom a mail can be encrypted. */
  readonly certificates: Certificates;
  /** Kinds of contact that this installation can reach people by. */
  readonly contactKinds: readonly ContactKind[];
  /** What the messages to a person's own URL are signed with. */
  webhookSecretFor(of: { readonly address: string; readonly username: string }): string;
  readonly tokens: TokenLookup;
  /** What records that leave the house are signed with: 32 bytes, see `recordKeyOf`. The same for every server. */
  readonly recordKey: Uint8Array;
  /** What keys of uploads are drawn from: 32 bytes, see `uploadSecretOf`. The same for every server. */
  readonly uploadSecret: Uint8Array;
  /** Epoch milliseconds. */
  now(): number;
  /** A UUID. */
  newId(): string;
  /** How people reach us, without a slash at the end: status links begin with it. */
  readonly publicUrl: string;
  /** How Temporal knows an incident. */
  readonly temporal: TemporalNames;
  readonly readiness: Readiness;
  /** Links by which the paged answer without signing in. */
  readonly links: Links;
  /** What such an answer does. */
  readonly answers: PageAnswers;
  /** Addresses at which calendar programs read who is on call. */
  readonly feedLinks: FeedLinks;
  /** Who calls us back; null where nobody is configured to. */
  readonly callbacks: CallbackOptions | null;
  readonly logger: FastifyBaseLogger;
}

/** What can be encrypted for whom. */
export interface Certificates {
  /** Armored; empty where nothing can. */
  usableFor(address: string): Promise<readonly string[]>;
}

/** The engine's door for steps. Throws an error with code `unavailable` when the outcome is unknown. */
export interface Decisions {
  decide(incidentId: string, command: Command): Promise<{ readonly version: number } | Refusal>;
}

export interface TemporalNames {
  readonly namespace: string;
  /** Without a slash at the end; undefined means that incidents are shown without a link. */
  readonly uiUrl: string | undefined;
  workflowIdOf(incidentId: Incident['id']): string;
}

/** Each answers null when all is well, else says in a few words what is not. They never throw and never hang. */
export interface Readiness {
  postgres(): Promise<string | null>;
  temporal(): Promise<string | null>;
  worker(): Promise<string | null>;
}
