import type { Mail } from './mail-store.ts';

/** All mails, the newest first. */
export function listPage(mails: readonly Mail[], smtpUrl: string): string {
  const items = mails.toReversed().map(
    (mail) => `<li>
<a href="/mails/${escape(mail.id)}">${escape(mail.subject || '(no subject)')}</a>
<span>to ${mail.to.map(escape).join(', ')} · <time datetime="${escape(mail.receivedAt)}">${escape(moment(mail.receivedAt))}</time></span>
</li>`,
  );
  const count = mails.length === 1 ? '1 mail' : `${mails.length} mails`;
  return page({
    title: `Mail of the stand (${mails.length})`,
    heading: 'Mail of the stand',
    body: `<p>${count}, the newest first. What is sent to <code>${escape(smtpUrl)}</code> ends here and goes no further.
<a href="/">Look again</a> · <a href="/api/mails">As JSON</a></p>
${items.length === 0 ? '<p class="empty">No mail yet.</p>' : `<ul class="mails">\n${items.join('\n')}\n</ul>`}`,
  });
}

/** One mail: who, when, what, and its headers as they came. */
export function mailPage(mail: Mail): string {
  const facts = [
    ['From', mail.headers['from'] ?? mail.from],
    ['To', mail.to.join(', ')],
    ['Received', moment(mail.receivedAt)],
    ['Message-ID', mail.messageId],
    ['Attachments', mail.attachments.map(({ filename, size }) => `${filename} (${size} bytes)`).join(', ')],
  ].filter(([, value]) => value !== '');
  const headers = Object.entries(mail.headers).flatMap(([name, values]) =>
    values.split('\n').map((value) => [name, value] as const),
  );
  return page({
    title: mail.subject || '(no subject)',
    heading: mail.subject || '(no subject)',
    body: `<p><a href="/">All mails</a> · <a href="/mails/${escape(mail.id)}/raw">Raw message</a></p>
<dl>${facts.map(([name = '', value = '']) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join('\n')}</dl>
<h2>Text</h2>
<pre>${withLinks(mail.text || '(no text)')}</pre>
<details><summary>All ${headers.length} headers</summary>
<table class="headers"><thead><tr><th scope="col">Header</th><th scope="col">Value</th></tr></thead>
<tbody>${headers.map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`).join('\n')}</tbody></table>
</details>`,
  });
}

export function missingPage(): string {
  return page({
    title: 'No such mail',
    heading: 'No such mail',
    body: '<p>It may have been deleted. <a href="/">All mails</a></p>',
  });
}

export const STYLE = `:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.headers th { white-space: nowrap; }
thead th { font-size: .875rem; }
.mails { list-style: none; margin: 1.5rem 0; padding: 0; border-top: 1px solid var(--line); }
.mails li { padding: .625rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.mails a { font-weight: 600; }
.mails span { display: block; font-size: .875rem; opacity: .8; font-variant-numeric: tabular-nums; }
time { white-space: nowrap; }
.headers { font-size: .875rem; margin-top: .5rem; }
.headers th { font-weight: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); border: 1px solid var(--line); border-radius: .25rem; padding: 1rem; margin: 0; font: .9375rem/1.5 ui-monospace, monospace; }
summary { cursor: pointer; margin-top: 1.5rem; }
.empty { padding: 2rem; text-align: center; border: 1px dashed var(--line); border-radius: .25rem; }
`;

function page({
  title,
  heading,
  body,
}: {
  readonly title: string;
  readonly heading: string;
  readonly body: string;
}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>${escape(heading)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** A mail is written by anybody: nothing of it may become markup. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Addresses in a text can be followed: an acknowledgement begins with one. */
function withLinks(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}])/)
    .map((part, index) => {
      const shown = escape(part);
      return index % 2 === 1 ? `<a href="${shown}" rel="noreferrer">${shown}</a>` : shown;
    })
    .join('');
}

function moment(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
}
