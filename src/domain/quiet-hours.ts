/** When a person does not want to hear of what is no call to act: each day, by the clock on their wall. */
export interface QuietHours {
  /** Minutes after midnight, below 1440. */
  readonly fromMinute: number;
  /** The same, and another one; where it is the smaller one, it is of the next day. */
  readonly untilMinute: number;
  /** `America/Detroit` */
  readonly timeZone: string;
}
