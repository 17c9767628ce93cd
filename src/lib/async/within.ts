/** The result; undefined if it takes longer than this many ms. Then the work goes on, but nobody hears how it ends. */
export function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return raced<T, undefined>(ms, work, ({ resolve }) => resolve(undefined));
}

/** Waits until the work has ended, well or not, but at most this many ms. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  await within(ms, Promise.allSettled([work]));
}

/** The result; if it takes longer than this many ms, throws what `late` gives. */
export function expectWithin<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return raced<T, never>(ms, work, ({ reject }) => reject(late()));
}

async function raced<T, Late>(
  ms: number,
  work: Promise<T>,
  end: (tooLate: PromiseWithResolvers<Late>) => void,
): Promise<T | Late> {
  const tooLate = Promise.withResolvers<Late>();
  const timer = setTimeout(end, ms, tooLate);
  try {
    return await Promise.race([work, tooLate.promise]);
  } finally {
    clearTimeout(timer);
  }
}
