/**
 * Reads now, and anew whenever it is called, for what is renewed in its place. While that fails, or what was read does
 * not pass the check, gives what was read before. Calls in one go, without anything between them, get the same.
 *
 * @param read its first error is thrown at once
 * @param check throws if what was read is of no use; not asked of what is read first
 */
export function renewing<T>(read: () => T, check: (result: T) => void = () => undefined): () => T {
  let newest = read();
  let isFresh = false;
  return () => {
    if (isFresh) return newest;
    isFresh = true;
    queueMicrotask(() => (isFresh = false));
    try {
      const result = read();
      check(result);
      newest = result;
    } catch {
      // Whoever renews it is not done yet.
    }
    return newest;
  };
}
