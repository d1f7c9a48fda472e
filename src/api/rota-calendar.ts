import ical from 'ical-generator';
import type { KeptRota, Period } from '../persistence/rotas.ts';
import { shiftsBetween } from '../rotas/on-call.ts';

/** Source: RFC 5545. */
export const CALENDAR_MEDIA_TYPE = 'text/calendar';

export interface CalendarSaid extends Period {
  readonly name: string;
  /** Left out: everybody's shifts. */
  readonly username?: string | undefined;
  /** When something of it changed last; left out: each shift says when its rota did. */
  readonly changedAt?: number;
  /** For a calendar that is read again and again: how often that is worth it. */
  readonly refreshSeconds?: number;
  /** Names the events together with rota and time, so that a calendar that is read again finds the same ones. */
  readonly publicUrl: string;
}

/** The shifts of rotas as a calendar to subscribe to or import; gaps are not in it. */
export function rotaCalendar(
  rotas: readonly KeptRota[],
  { name, username, from, until, publicUrl, changedAt: ofAll, refreshSeconds }: CalendarSaid,
): string {
  const calendar = ical({
    name,
    prodId: { company: 'Tocsin', product: 'on call' },
    ttl: refreshSeconds ?? null,
  });
  for (const { rota, changedAt } of rotas) {
    for (const shift of shiftsBetween(rota, from, until)) {
      if (shift.username === null || (username !== undefined && shift.username !== username)) continue;
      calendar.createEvent({
        id: `${rota.key}-${shift.from}-${shift.username}@${new URL(publicUrl).hostname}`,
        start: new Date(shift.from),
        end: new Date(shift.until),
        stamp: new Date(ofAll ?? changedAt),
        summary: username === undefined ? `${rota.title}: ${shift.username}` : `On call: ${rota.title}`,
        url: `${publicUrl}/v1/rotas/${rota.key}`,
      });
    }
  }
  return calendar.toString();
}
