import { ActivityFailure } from '@temporalio/workflow';

/** What a look found; null when it could not look, as while Postgres is away: the next one comes soon. */
export async function unlessAway<Found>(look: Promise<Found>): Promise<Found | null> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof ActivityFailure) return null;
    throw error;
  }
}
