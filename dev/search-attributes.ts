/** What incidents are found by in Temporal; none of it is sensitive. Production registers the same. */
export const SEARCH_ATTRIBUTES = {
  Stage: 'Keyword',
  Criticality: 'Keyword',
  Tlp: 'Keyword',
  Lead: 'Keyword',
  ReplyDueAt: 'Datetime',
  PageLevel: 'Int',
} as const;
