import { needsPrivateChannel } from '../incident-channel.ts';
import { refuse } from '../refusal.ts';
import { draft, OPEN_STAGES, requireStage, type Outcome, type Situation } from './draft.ts';

/** A chat channel by hand: where automation opens none, or could not. Source: NM-20, NM-23. */
export function openChannel({ incident }: Situation<'channel'>): Outcome {
  const refusal = requireStage(incident, OPEN_STAGES, 'A chat channel');
  if (refusal !== null) return refusal;
  const { channel, tlp } = incident;
  if (channel !== undefined && channel.state !== 'withheld' && channel.state !== 'closed') {
    return refuse('already-done', `Its chat channel is ${channel.state} already.`);
  }
  const n = (channel?.n ?? 0) + 1;
  return [draft({ type: 'channel-asked', n, isPrivate: needsPrivateChannel(tlp) })];
}
