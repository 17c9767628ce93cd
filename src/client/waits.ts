/** What decides whether a request is repeated. */
export interface Refused {
  readonly method: string;
  readonly status: number;
  readonly headers: Headers;
}

/** How often a request is made at most, the first time included. */
const mostTries = 4;
/** No pause is longer, in ms: whoever is told to wait longer decides for themselves. */
const longestMs = 60_000;
const firstMs = 1_000;

/**
 * How long to wait before the same request is made again, in ms; undefined if it is not to be repeated.
 *
 * An answer 429 means that nothing was done. After a 5xx that is unknown, and the API knows no idempotency key: a POST
 * repeated then may send a message twice, so it is not repeated.
 *
 * @param tries how many there were, 1 after the first
 * @param random from 0 up to 1, so that many clients do not come back at the same moment
 */
export function waitMs(refused: Refused, tries: number, now: number, random: number): number | undefined {
  const { method, status } = refused;
  const isSafe = status === 429 || (status >= 500 && method !== "POST");
  if (!isSafe || tries >= mostTries) return undefined;
  const told = toldMs(refused, now);
  if (told !== undefined) return told <= longestMs ? told : undefined;
  return Math.round(firstMs * 2 ** (tries - 1) * (1 + random / 4));
}

/** How long the service asks to wait, in ms; undefined if it does not say. */
export function toldMs({ status, headers }: Omit<Refused, "method">, now: number): number | undefined {
  // On other answers, the end of the current count says nothing about when to come back.
  const isExcess = status === 429 || headers.get("x-ratelimit-remaining") === "0";
  const reset = isExcess ? headers.get("x-ratelimit-reset") : null;
  return momentMs(headers.get("retry-after"), now) ?? momentMs(reset, now);
}

/**
 * `Retry-After` is seconds or a date. The form of `X-RateLimit-Reset` is not documented; a guess by its size: seconds
 * from now, seconds since 1970, or milliseconds since 1970.
 */
function momentMs(written: string | null, now: number): number | undefined {
  if (written === null || written.trim() === "") return undefined;
  const number = Number(written);
  const ms = Number.isNaN(number) ? Date.parse(written) - now : fromNow(number, now);
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.ceil(ms));
}

function fromNow(number: number, now: number): number {
  if (number >= 1e12) return number - now;
  return number >= 1e9 ? number * 1_000 - now : number * 1_000;
}
