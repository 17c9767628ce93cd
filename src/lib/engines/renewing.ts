/**
 * Reads now, and anew whenever it is called, for what is renewed in its place. While that fails, gives what was read
 * before. Calls in one go, without anything between them, get the same.
 *
 * @param read throws if there is nothing of use; its first error is thrown at once
 */
export function renewing<T>(read: () => T): () => T {
  let newest = read();
  let isFresh = false;
  return () => {
    if (isFresh) return newest;
    isFresh = true;
    queueMicrotask(() => (isFresh = false));
    try {
      newest = read();
    } catch {
      // Whoever renews it is not done yet.
    }
    return newest;
  };
}
