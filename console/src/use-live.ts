import { useCallback, useEffect, useRef, useState } from "react";
import type { Question } from "./question.ts";

/** What a page shows. When a new answer fails, the last one stays, and the error says that it is old. */
export interface Live<T> {
  readonly data: T | undefined;
  readonly error: Error | undefined;
  /** Asks at once. */
  readonly again: () => void;
}

interface LiveOptions {
  /** How long after an answer to ask again, at least, in ms; null asks only until there is an answer. */
  readonly everyMs: number | null;
}

const usualMs = 2_000;
const mostMs = 30_000;

/** What takes long to answer is asked more rarely, so that watching costs the server little. */
const restMs = (everyMs: number, tookMs: number): number => Math.min(Math.max(everyMs, 10 * tookMs), mostMs);

/**
 * Data that stays up to date: first the last answer, then the current one, asked for again while the page is visible.
 *
 * @param question always the same one; another needs another component, that is another `key`
 */
export function useLive<T>(question: Question<T>, { everyMs }: LiveOptions = { everyMs: usualMs }): Live<T> {
  const [answer, setAnswer] = useState<Omit<Live<T>, "again">>({ data: question.last(), error: undefined });
  const ask = useRef<() => void>(() => undefined);
  useEffect(() => {
    const left = new AbortController();
    let timer: number | undefined;
    let askedAt = 0;
    const next = (): void => {
      window.clearTimeout(timer);
      askedAt = performance.now();
      if (!document.hidden) void question.ask(left.signal).then(came, failed);
    };
    const later = (afterMs: number): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(next, afterMs);
    };
    const came = (data: T): void => {
      if (left.signal.aborted) return;
      setAnswer({ data, error: undefined });
      if (everyMs === null) document.removeEventListener("visibilitychange", next);
      else later(restMs(everyMs, performance.now() - askedAt));
    };
    const failed = (error: Error): void => {
      if (left.signal.aborted) return;
      setAnswer(({ data }) => ({ data, error }));
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
  }, [question.path, everyMs]);
  const again = useCallback(() => ask.current(), []);
  return { ...answer, again };
}
