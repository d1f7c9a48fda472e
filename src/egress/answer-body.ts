import type { Readable } from 'node:stream';

/** The beginning of an answer. */
export interface AnswerBody {
  readonly text: string;
  /** There was more, or it never came to an end. */
  readonly isCutOff: boolean;
}

/** Reads at most `bytesMax`. It never fails: what came until then counts, because the status has been said before. */
export async function readBody(body: Readable, bytesMax: number): Promise<AnswerBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  body.on('error', () => undefined);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, bytesMax - bytes));
      bytes += chunk.length;
      if (bytes > bytesMax) return { text: textOf(chunks), isCutOff: true };
    }
    return { text: textOf(chunks), isCutOff: false };
  } catch {
    return { text: textOf(chunks), isCutOff: true };
  }
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
