/** A question that is asked once at a time: who comes meanwhile gets the same answer. */
export function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= ask().finally(() => (running = undefined));
    return running;
  };
}
