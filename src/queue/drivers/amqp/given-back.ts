import type { HeaderFields } from "rabbitmq-client";
import type { Held } from "./held.ts";
import { vainHandOuts } from "./message.ts";

/** So many messages at most are remembered; what is older is seldom there any more. */
const mostRemembered = 10_000;

/** What is remembered of a message that went back to the server as too early. */
interface Entry {
  /** Its place among all that came to this process. */
  readonly place: number;
  /** How many hand-outs in vain the server had counted then. */
  readonly counted: number;
  /** How many of them were no real ones. */
  readonly forgiven: number;
}

/**
 * The server counts what is given back as too early as a hand-out in vain, at least before version 4.3, and does not
 * know its place any more. Of what this process gave back itself, it knows better.
 */
export class AmqpGivenBack {
  readonly #entries = new Map<string, Entry>();

  add({ fields, place }: Held): void {
    const copy = copyOf(fields);
    if (copy === undefined) return;
    const forgiven = this.#entries.get(copy)?.forgiven ?? 0;
    this.#entries.delete(copy);
    this.#entries.set(copy, { place, counted: vainHandOuts(fields), forgiven });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= mostRemembered) break;
      this.#entries.delete(oldest);
    }
  }

  /** Of what came now: its place, if it is known, and how many of its hand-outs in vain do not count. */
  of(fields: HeaderFields): Pick<Entry, "place" | "forgiven"> | undefined {
    if (this.#entries.size === 0) return undefined;
    const copy = copyOf(fields);
    const entry = copy === undefined ? undefined : this.#entries.get(copy);
    if (copy === undefined || entry === undefined) return undefined;
    const counted = vainHandOuts(fields);
    if (counted < entry.counted) {
      // Published anew since then; the count has begun again.
      this.#entries.delete(copy);
      return undefined;
    }
    const isBack = counted > entry.counted;
    const now = { place: entry.place, counted, forgiven: entry.forgiven + (isBack ? 1 : 0) };
    this.#entries.set(copy, now);
    return now;
  }
}

function copyOf({ headers }: HeaderFields): string | undefined {
  const copy: unknown = headers?.["hookwell-copy"];
  return typeof copy === "string" ? copy : undefined;
}
