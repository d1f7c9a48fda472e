/** The workflows as a mistake would have them: an error that is no failure of the workflow fails its task, each time. */
export async function incident(): Promise<void> {
  throw new Error('a mistake in the code');
}
