/** The result; undefined if it takes longer than this many ms. Then the work goes on, but nobody hears how it ends. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: tooLate, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until the work has ended, well or not, but at most this many ms. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const ended = (): void => undefined;
  await within(ms, work.then(ended, ended));
}

/** The result; if it takes longer than this many ms, throws what `late` gives. */
export async function expectWithin<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
