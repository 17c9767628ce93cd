import { useCallback, useEffect, useRef, useState } from "react";

/** What a page shows. When news fails to come, the last that came stays, and the error says that it is old. */
export interface Live<T> {
  readonly data: T | undefined;
  readonly error: Error | undefined;
  /** Asks at once. */
  readonly again: () => void;
}

interface LiveOptions {
  /** How long after an answer the next question follows, in ms; null asks until there is one. */
  readonly everyMs: number | null;
}

const usualMs = 2_000;

/**
 * Data that stays new: asked for now, and again and again while somebody looks.
 *
 * @param load what to ask; must be the same function as long as the question is the same
 */
export function useLive<T>(
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: LiveOptions = { everyMs: usualMs },
): Live<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ load, data: undefined, error: undefined });
  const ask = useRef<() => void>(() => undefined);
  useEffect(() => {
    const left = new AbortController();
    let timer: number | undefined;
    const next = (): void => {
      window.clearTimeout(timer);
      if (!document.hidden) void load(left.signal).then(came, failed);
    };
    const later = (afterMs: number): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(next, afterMs);
    };
    const came = (data: T): void => {
      if (left.signal.aborted) return;
      setAnswer({ load, data, error: undefined });
      if (everyMs === null) document.removeEventListener("visibilitychange", next);
      else later(everyMs);
    };
    const failed = (error: unknown): void => {
      if (left.signal.aborted) return;
      setAnswer((before) => ({ load, data: dataOf(before, load), error: asError(error) }));
      later(everyMs ?? usualMs);
    };
    ask.current = next;
    document.addEventListener("visibilitychange", next);
    next();
    return () => {
      left.abort();
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", next);
    };
  }, [load, everyMs]);
  const again = useCallback(() => ask.current(), []);
  return {
    data: dataOf(answer, load),
    error: answer.load === load ? answer.error : undefined,
    again,
  };
}

interface Answer<T> {
  /** The question. */
  readonly load: unknown;
  readonly data: T | undefined;
  readonly error: Error | undefined;
}

/** The answer to another question is none. */
function dataOf<T>({ load, data }: Answer<T>, asked: unknown): T | undefined {
  return load === asked ? data : undefined;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
