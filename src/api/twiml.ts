import { escaped } from './html.ts';

/** The media type of what Twilio is told to do. */
export const TWIML_MEDIA_TYPE = 'text/xml';

/** Tells Twilio to answer an SMS, or to say something in a call; nothing where there is nothing to say. */
export function twiml(verb: 'Message' | 'Say', text: string): string {
  const said = text === '' ? '' : `<${verb}>${escaped(text.replaceAll(NOT_OF_XML, ' '))}</${verb}>`;
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${said}</Response>`;
}

/** No document holds them, escaped or not. Source: XML 1.0, 2.2. */
const NOT_OF_XML = /[^\P{Cc}\t\n\r]|\p{Surrogate}|[\uFFFE\uFFFF]/gu;
