import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PROCESS } from '../../domain/actor.ts';
import { parseDuration } from '../../domain/durations.ts';
import { oneLine, storableText } from '../../domain/text-layout.ts';
import {
  keepUpload,
  openUpload,
  sealedUpload,
  type Upload,
  uploadOfToken,
} from '../../persistence/uploads.ts';
import { addCall, NO_SUBJECT } from '../call.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { HTML_MEDIA_TYPE } from '../html.ts';
import { findIncident } from '../incident-reading.ts';
import { sendSorry } from '../link-errors.ts';
import { LINK_STYLE } from '../link-style.ts';
import { uploadPage } from '../link-view.ts';
import { ProblemError, wrongField } from '../problem.ts';
import { IncidentParams, NumberedParams } from '../schemas/decisions.ts';
import { Instant, instantText } from '../schemas/values.ts';
import { FORM_SCRIPT, SEAL_SCRIPT } from '../uploads/scripts.ts';
import { aboutUpload, isSealed, openSealed, publicKeyFor } from '../uploads/sealing.ts';
import type { Office } from './deciding.ts';

/** Of the file itself. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Version, point, length and letters of the name, tag. */
const OVERHEAD_BYTES = 2 * 1024;

const HOUR_MS = 3_600_000;
const LASTS_MS = { default: 7 * 24 * HOUR_MS, least: HOUR_MS, most: 30 * 24 * HOUR_MS };

/** The secure channel that staff open for a report after it came. Source: IC-4. */
export function addUploads(office: Office): void {
  addOpening(office);
  addReading(office);
  void office.app.register(async (scope) => {
    const within = { ...office, app: scope };
    scope.setErrorHandler((error, request, reply) => sendSorry(error, request, reply));
    scope.addHook('onRequest', async (_request, reply) => {
      void reply.headers({ 'Cache-Control': 'no-store', 'X-Robots-Tag': 'noindex, nofollow' });
    });
    addPart(within, { url: '/uploads/seal.js', text: SEAL_SCRIPT, mediaType: 'text/javascript' });
    addPart(within, { url: '/uploads/form.js', text: FORM_SCRIPT, mediaType: 'text/javascript' });
    addPart(within, { url: '/uploads/style.css', text: LINK_STYLE, mediaType: 'text/css' });
    addLink(within);
    addSending(within);
  });
}

const UploadBody = z.strictObject({
  reportId: z.uuid().optional().meta({ description: 'The report that it is for.' }),
  expiresIn: z.string().max(40).optional().meta({ description: 'PT1H to P30D; P7D when left out.' }),
});

const UploadOpened = z
  .object({ n: z.int(), url: z.string(), expiresAt: Instant })
  .meta({ id: 'UploadOpened', description: 'The link is shown here and nowhere else. It takes one file.' });

function addOpening({ app, dependencies }: Office): void {
  const { db, now, newId, publicUrl } = dependencies;
  addCall(app, dependencies, {
    verb: 'upload-open',
    method: 'POST',
    url: '/v1/incidents/:id/uploads',
    tag: 'Facts',
    summary: 'Open a secure channel for a report: a link by which one file is sent, encrypted in the browser',
    params: IncidentParams,
    body: UploadBody,
    answer: { status: 200, schema: UploadOpened, description: 'The link.' },
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    async handle({ actor, body: { reportId = null, expiresIn }, subject: { incident }, commandId }) {
      if (reportId !== null && !incident.reports.some(({ id }) => id === reportId)) {
        throw wrongField('invalid', '/reportId', `Expected a report of ${incident.id}.`);
      }
      const lastsMs = expiresIn === undefined ? LASTS_MS.default : (parseDuration(expiresIn) ?? 0);
      if (lastsMs < LASTS_MS.least || lastsMs > LASTS_MS.most) {
        throw wrongField('invalid', '/expiresIn', 'Expected a duration from PT1H to P30D, such as P2D.');
      }
      const token = newId();
      const at = now();
      const n = await openUpload(db, {
        ...{ incidentId: incident.id, tokenDigest: digestOf(token), reportId, expiresAt: at + lastsMs },
        ...{ by: actor.username, at, factId: commandId },
      });
      return { n, url: `${publicUrl}/uploads/${token}`, expiresAt: instantText(at + lastsMs) };
    },
  });
}

function addReading({ app, dependencies }: Office): void {
  const { db, uploadSecret } = dependencies;
  addCall(app, dependencies, {
    verb: 'upload',
    method: 'GET',
    url: '/v1/incidents/:id/uploads/:n',
    tag: 'Facts',
    summary: 'A file that came by a secure upload, decrypted',
    params: NumberedParams,
    answer: {
      status: 200,
      schema: z.never(),
      description: 'The file, to be saved and never to be shown in a browser.',
      onlyAs: 'application/octet-stream',
    },
    subject: (actor, { id = '' }) => findIncident(dependencies, actor, id),
    async handle({ params: { n }, subject: { incident }, reply }) {
      const sealed = await sealedUpload(db, incident.id, n);
      if (sealed === null) {
        throw new ProblemError('not-now', `Nothing has come by upload ${n} of ${incident.id}.`);
      }
      const file = openSealed(sealed, uploadSecret, aboutUpload(incident.id, n));
      if (file === null) {
        const detail =
          'What came cannot be decrypted: it was not encrypted by our page, or under another signing key.';
        throw new ProblemError('not-found', detail);
      }
      void reply.headers({
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': `attachment; filename*=UTF-8''${fileName(file.name)}`,
        'Cache-Control': 'no-store',
      });
      return file.bytes;
    },
  });
}

function addPart(
  { app, dependencies }: Office,
  { url, text, mediaType }: { readonly url: string; readonly text: string; readonly mediaType: string },
): void {
  addCall(app, dependencies, {
    verb: 'upload-link',
    method: 'GET',
    url,
    tag: 'Links',
    summary: 'What the form is made of',
    answer: { status: 200, schema: z.never(), description: 'A script or a style sheet.', onlyAs: mediaType },
    subject: async () => NO_SUBJECT,
    async handle({ reply }) {
      void reply.type(`${mediaType}; charset=utf-8`);
      return text;
    },
  });
}

const LinkParams = z.object({ token: z.string() });

function addLink({ app, dependencies }: Office): void {
  addCall(app, dependencies, {
    verb: 'upload-link',
    method: 'GET',
    url: '/uploads/:token',
    tag: 'Links',
    summary: 'The form of a secure upload; looking at it changes nothing',
    params: LinkParams,
    answer: { status: 200, schema: z.never(), description: 'A form.', onlyAs: HTML_MEDIA_TYPE },
    alsoProblems: [410],
    subject: async (_nobody, { token = '' }) => ({
      ...NO_SUBJECT,
      upload: await openOf(dependencies, token),
    }),
    async handle({ subject: { upload }, reply }) {
      void reply.type(`${HTML_MEDIA_TYPE}; charset=utf-8`);
      const about = aboutUpload(upload.incidentId, upload.n);
      return uploadPage({
        incidentId: upload.incidentId,
        organization: dependencies.policy.organization.name,
        about,
        publicKey: publicKeyFor(dependencies.uploadSecret, about),
        bytesMax: FILE_BYTES_MAX,
      }).markup;
    },
  });
}

const Received = z.object({
  sha256: z.string().meta({ description: 'Of the bytes as they came.' }),
  size: z.int(),
});

function addSending({ app, dependencies }: Office): void {
  const { db, now } = dependencies;
  addCall(app, dependencies, {
    verb: 'upload-send',
    method: 'POST',
    url: '/uploads/:token',
    tag: 'Links',
    summary: 'Send the file, encrypted; the link is used up by it',
    params: LinkParams,
    takes: 'bytes',
    isRepeatable: true,
    bodyLimitBytes: FILE_BYTES_MAX + OVERHEAD_BYTES,
    answer: { status: 200, schema: Received, description: 'What was received.' },
    alsoProblems: [410],
    subject: async (_nobody, { token = '' }) => ({
      ...NO_SUBJECT,
      upload: await openOf(dependencies, token),
    }),
    async handle({ request, subject: { upload } }) {
      const sealed = request.body;
      if (!Buffer.isBuffer(sealed) || !isSealed(sealed)) {
        throw new ProblemError('malformed', 'Expected a file that the page of this link has encrypted.');
      }
      const sha256 = createHash('sha256').update(sealed).digest('hex');
      const isKept = await keepUpload(db, upload, { sealed, sha256, at: now(), by: PROCESS });
      if (!isKept) throw usedUp();
      return { sha256, size: sealed.length };
    },
  });
}

async function openOf({ db, now }: ApiDependencies, token: string): Promise<Upload> {
  const upload = await uploadOfToken(db, digestOf(token));
  if (upload === null)
    throw new ProblemError('not-found', 'There is no such link. Ask whoever sent it for another one.');
  if (upload.receivedAt !== null) throw usedUp();
  if (upload.expiresAt <= now()) {
    throw new ProblemError('link-expired', 'This link has run out. Ask whoever sent it for another one.');
  }
  return upload;
}

function usedUp(): ProblemError {
  return new ProblemError(
    'link-expired',
    'A file was sent by this link already; it takes one. Ask for another one.',
  );
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** As a header can carry it; no folders. Source: RFC 8187. */
function fileName(given: string): string {
  // Cut first: half of a letter has no form in a header.
  const name = storableText(oneLine(given).replaceAll(/[/\\]/g, '_').slice(0, 200));
  return encodeURIComponent(name === '' ? 'file' : name).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
