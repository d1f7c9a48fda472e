import { sleep } from '@temporalio/workflow';
import { incident as incidentAsItIs, page as pageAsItIs } from '../../../src/workflows/index.ts';

/** The workflows with a change that nobody patched: what every recorded history must refuse to replay. */
export async function incident(...input: Parameters<typeof incidentAsItIs>): Promise<void> {
  await sleep(1);
  return incidentAsItIs(...input);
}

export async function page(...input: Parameters<typeof pageAsItIs>): Promise<void> {
  await sleep(1);
  return pageAsItIs(...input);
}
