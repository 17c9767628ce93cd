import { setImmediate } from "node:timers/promises";
import { parseJson } from "../event/envelope.ts";
import type { Message } from "../event/message.ts";
import { isKnownName } from "../event/names.ts";
import { isSynthetic } from "../event/synthetic.ts";
import { errorFields, type Log } from "../log.ts";
import type { Unlikeness } from "./check-event.ts";
import type { DriftReport } from "./drift-report.ts";
import { Sightings } from "./sightings.ts";

interface DriftParts {
  readonly log: Log;
  /** ms since 1970. */
  readonly now: () => number;
}

/** Of each known name, one event is looked at in this time, in ms. */
const everyMs = 1_000;
/** Larger events are not looked at: parsing one would hold up everybody else. In bytes. */
const largest = 256 * 1_024;
/** Characters of a path that are kept. */
const longestPath = 200;

/**
 * Watches how far the sender has moved away from what is known of it. Unknown names are all counted; of the known ones
 * samples are held against their schema, one a second at most and never while the caller waits. The first sight of each
 * is logged, by name and path; values are not. Nothing is refused.
 *
 * @example
 * ```ts
 * const drift = new Drift({ log, now: Date.now });
 * drift.see(message);
 * drift.report().unknownNames; // [{ name: "session.start", count: 1, firstSeenAt: "2026-…" }]
 * ```
 */
export class Drift {
  readonly #parts: DriftParts;
  readonly #unknownNames = new Sightings<{ readonly name: string }>();
  readonly #unlike = new Sightings<Unlikeness & { readonly name: string }>();
  readonly #sampledAt = new Map<string, number>();
  readonly #events = { unknown_name: 0, unlike_schema: 0 };
  #isOff = false;

  constructor(parts: DriftParts) {
    this.#parts = parts;
  }

  /** Costs about a tenth of a microsecond, since it happens for every event. */
  see({ eventId, name, body }: Pick<Message, "eventId" | "name" | "body">): void {
    // What Hookwell has made says nothing of the sender.
    if (isSynthetic(eventId)) return;
    const now = this.#parts.now();
    if (!isKnownName(name)) return this.#seeUnknown(name, now);
    const last = this.#sampledAt.get(name);
    if (last !== undefined && Math.abs(now - last) < everyMs) return;
    this.#sampledAt.set(name, now);
    if (body.length <= largest && !this.#isOff) void this.#sample(name, body, now);
  }

  report(): DriftReport {
    return {
      unknownNames: this.#unknownNames.listed,
      unlike: this.#unlike.listed,
      others: { unknownNames: this.#unknownNames.others, unlike: this.#unlike.others },
    };
  }

  /** Events with an unknown name, and sampled events that were unlike their schema. */
  counts(): ReadonlyMap<string, number> {
    return new Map(Object.entries(this.#events));
  }

  #seeUnknown(name: string, now: number): void {
    this.#events.unknown_name += 1;
    if (this.#unknownNames.add(name, { name }, now)) this.#parts.log.info("drift.unknown_name", { name });
  }

  async #sample(name: string, body: Uint8Array, now: number): Promise<void> {
    await setImmediate();
    try {
      // Loaded late: neither a start nor a process that only sees unknown events needs it.
      const { checkEvent } = await import("./check-event.ts");
      const found = new Map(checkEvent(parseJson(body)).map(({ path, message }) => [ofAll(path), message]));
      if (found.size > 0) this.#events.unlike_schema += 1;
      for (const [path, message] of found) this.#seeUnlike({ name, path, message }, now);
    } catch (error) {
      // Such as in a container whose maker has removed `docs` from all packages. Once is enough.
      if (!this.#isOff) this.#parts.log.warn("drift.off", errorFields(error));
      this.#isOff = true;
    }
  }

  #seeUnlike(what: Unlikeness & { readonly name: string }, now: number): void {
    const isNew = this.#unlike.add(`${what.name} ${what.path}`, what, now);
    if (isNew) this.#parts.log.info("drift.unlike_schema", { ...what });
  }
}

/** The same path for all elements of an array, and without keys that no schema has. */
const ofAll = (path: string): string =>
  path.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "[]").slice(0, longestPath);
