import type { Call, CallOption } from './call.ts';

const OF_ROTA: CallOption = {
  flags: '--rota <rota>',
  help: 'of a rota instead of your own shifts',
  field: 'rota',
};

/** Of the caller alone: nobody sees or ends the address of another. */
export const CALENDAR_FEED_CALLS: readonly Call[] = [
  {
    verb: 'calendar-feeds',
    summary: 'your calendar feeds: secret addresses for calendar programs',
    method: 'GET',
    path: '/v1/people/me/calendar-feeds',
    show: 'fields',
  },
  {
    verb: 'calendar-feed',
    summary: 'the address at which your calendar program reads when you are on call',
    method: 'POST',
    path: '/v1/people/me/calendar-feeds',
    options: [OF_ROTA],
    show: 'fields',
  },
  {
    verb: 'calendar-feed-renew',
    summary: 'another address for it: the one of before gives nothing any more',
    method: 'POST',
    path: '/v1/people/me/calendar-feeds/renew',
    options: [OF_ROTA],
    show: 'fields',
  },
  {
    verb: 'calendar-feed-end',
    summary: 'end it: its address gives nothing any more',
    method: 'POST',
    path: '/v1/people/me/calendar-feeds/end',
    options: [OF_ROTA],
    show: 'fields',
  },
];
