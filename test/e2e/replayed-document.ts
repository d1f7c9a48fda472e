/**
 * The document of an incident that was replayed, without what differs from one replay to the next: its number, the
 * instants of the replay itself, which become the placeholders of the source's own outline, and the numbers of its lines,
 * which depend on how soon a mail was accepted. Source: NM-24.
 */
export function replayedDocument(document: string, incidentId: string): string {
  const thisYear = incidentId.split('-')[1] ?? '';
  return document
    .replaceAll(incidentId, 'INC-YYYY-NNNN')
    .replaceAll(new RegExp(String.raw`${thisYear}-\d\d-\d\dT\d\d:\d\d:\d\dZ`, 'g'), 'YYYY-MM-DDTHH:MM:SSZ')
    .replaceAll(/#\d+/g, '#N');
}
