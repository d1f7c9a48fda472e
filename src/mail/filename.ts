import { storableText } from '../domain/text-layout.ts';
import { cut } from './characters.ts';
import { LIMITS } from './limits.ts';

/** Line breaks, other controls, and the marks that turn the direction of writing, so that `gpj.exe` shows as `exe.jpg`. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** No path, nothing invisible, no leading dot, not too long; its extension stays. */
export function safeFilename(filename: string | undefined): string {
  const visible = storableText(filename ?? '').replace(INVISIBLE, '');
  const base = visible.slice(Math.max(visible.lastIndexOf('/'), visible.lastIndexOf('\\')) + 1);
  const name = base
    .replaceAll(/[<>:"|?*]/g, '_')
    .trim()
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '');
  if (name === '') return 'unnamed';
  const extension = /[.][A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return name.length <= LIMITS.filenameLength
    ? name
    : cut(name, LIMITS.filenameLength - extension.length) + extension;
}

export function safeContentType(contentType: string | undefined): string {
  const type = (contentType ?? '').trim().toLowerCase();
  return /^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(type) ? type : 'application/octet-stream';
}
