import { contentToPage, type PagerMessage, withLink } from '../domain/contact.ts';
import { oneLine, plain } from '../domain/text-layout.ts';
import { later, type Pager, type PagerAnswer, refused } from '../ports.ts';
import { type Homeserver, homeserverOf, type MatrixOptions, textOf, textsOf } from './matrix/homeserver.ts';

/**
 * Pages by a direct message: in the room that account data name for the person, or in a new one, which they name from
 * then on. A room that the person has left is not used again: nobody would read it. The id is the transaction, so that
 * the homeserver takes a second try for the first.
 *
 * An answer to `createRoom` that never comes can leave an invitation to an empty room behind, beside the one that is
 * used. Source: Matrix client-server API, v1.
 */
export function createMatrixPager(options: MatrixOptions): Pager {
  const searches = new Map<string, Promise<Found>>();
  return {
    send: async (cleared) => {
      const message = contentToPage(cleared);
      if (!USER.test(message.to)) return refused('invalid');
      const homeserver = homeserverOf(options);
      // One search at a time for each person: two would make two rooms.
      const search = searches.get(message.to) ?? roomFor(message.to, options.user, homeserver);
      searches.set(message.to, search);
      const found = await search.finally(() => searches.delete(message.to));
      return found.outcome === 'found' ? say(message, found.room, homeserver) : found;
    },
  };
}

/** What is said back in a room to an event in it. */
export interface MatrixReply {
  readonly roomId: string;
  readonly eventId: string;
  readonly text: string;
}

/**
 * Says something back, as a notice, which no program answers. The event that it answers names the transaction: what is
 * said again, by this process or another, is there once.
 */
export function createMatrixReply(options: MatrixOptions): (reply: MatrixReply) => Promise<PagerAnswer> {
  return async ({ roomId, eventId, text }) => {
    const said = await homeserverOf(options)(
      'PUT',
      ['rooms', roomId, 'send', 'm.room.message', `reply-${eventId}`],
      {
        msgtype: 'm.notice',
        body: oneLine(text),
        'm.relates_to': { 'm.in_reply_to': { event_id: eventId } },
      },
    );
    return said.outcome === 'done'
      ? { outcome: 'accepted', id: textOf(said.content['event_id']), code: '200' }
      : said.answer;
  };
}

/** Source: Matrix, user identifiers, with the historical letters of the first part. */
const USER = /^@[\u{21}-\u{39}\u{3B}-\u{7E}]{1,200}:[A-Za-z0-9.:[\]-]{1,200}$/u;

type Found = { readonly outcome: 'found'; readonly room: string } | PagerAnswer;

async function roomFor(person: string, user: string, homeserver: Homeserver): Promise<Found> {
  const accountData = ['user', user, 'account_data', 'm.direct'];
  const read = await homeserver('GET', accountData);
  if (read.outcome === 'not-done' && read.code !== 'M_NOT_FOUND') return read.answer;
  const direct = read.outcome === 'done' ? read.content : {};
  const rooms = textsOf(direct[person]);
  const known = rooms.at(-1);
  if (known !== undefined) {
    const there = await isThere(person, known, homeserver);
    if (typeof there === 'object') return there;
    if (there) return { outcome: 'found', room: known };
  }
  const created = await homeserver('POST', ['createRoom'], {
    is_direct: true,
    invite: [person],
    preset: 'trusted_private_chat',
  });
  if (created.outcome === 'not-done') return created.answer;
  const room = textOf(created.content['room_id']);
  if (room === null) return later('protocol');
  // What matters is that it is said; where it is said may be found again, or not.
  await homeserver('PUT', accountData, { ...direct, [person]: [...rooms, room] });
  return { outcome: 'found', room };
}

/** Joined or invited. No, too, where we may not look: then we are not there ourselves. */
async function isThere(person: string, room: string, homeserver: Homeserver): Promise<boolean | PagerAnswer> {
  const said = await homeserver('GET', ['rooms', room, 'state', 'm.room.member', person]);
  if (said.outcome === 'done') return ['join', 'invite'].includes(textOf(said.content['membership']) ?? '');
  return said.answer.outcome === 'refused' ? false : said.answer;
}

async function say(message: PagerMessage, room: string, homeserver: Homeserver): Promise<PagerAnswer> {
  const said = await homeserver('PUT', ['rooms', room, 'send', 'm.room.message', message.id], {
    msgtype: 'm.text',
    // The short form says what the subject does, and by which code to answer here.
    body: withLink(`${oneLine(message.short)}\n\n${plain(message.text)}`, message),
    'm.mentions': { user_ids: [message.to] },
  });
  if (said.outcome === 'not-done') return said.answer;
  return { outcome: 'accepted', id: textOf(said.content['event_id']), code: '200' };
}
