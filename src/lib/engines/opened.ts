/** Opens it; if that fails, nothing of it stays open. */
export async function opened<T extends { open(): Promise<void>; close(): Promise<void> }>(it: T): Promise<T> {
  try {
    await it.open();
    return it;
  } catch (error) {
    await it.close();
    throw error;
  }
}
