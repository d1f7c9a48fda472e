/** The same without the mistake: whatever waits for it comes to its end. */
export async function incident(): Promise<void> {}
