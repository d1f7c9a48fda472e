import { person } from './timeline-words.ts';

/** A file that somebody outside sends over a secure channel of ours, opened for that. Source: IC-4. */

export type UploadEventBody =
  | {
      readonly type: 'upload-opened';
      readonly n: number;
      /** Of the report that it is for; null for the incident as a whole. */
      readonly reportId: string | null;
      readonly expiresAt: number;
    }
  | {
      readonly type: 'upload-received';
      readonly n: number;
      /** Of the bytes as they came, encrypted; hex. */
      readonly sha256: string;
      readonly size: number;
    };

export function uploadLine(body: UploadEventBody, by: string): string {
  return body.type === 'upload-opened'
    ? `secure upload ${body.n} opened by ${person(by)}`
    : `file received by secure upload ${body.n} (${body.size} bytes encrypted, SHA-256 ${body.sha256})`;
}
