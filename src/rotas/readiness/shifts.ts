import type { Rota, Shift } from '../../domain/rota.ts';

/** A rota with its shifts: of the days to come, and of those with the time before that a turn may have begun in. */
export interface RotaShifts {
  readonly rota: Rota;
  readonly shifts: readonly Shift[];
  readonly withEarlier: readonly Shift[];
}
