import type { EventRecord } from "../../api/contract.ts";
import { Bell } from "../../lib/async/bell.ts";
import type { ApiClient } from "../client/api-client.ts";
import { changeEvents } from "../client/change-events.ts";
import { type Happening, type HappeningKind, happeningsOf } from "./happening.ts";

/** Events of which later changes are told apart from a first sight. */
const mostKnown = 1_000;

/** What happens in a Hookwell, read from the stream of its API. */
export class Feed {
  readonly #show: (happening: Happening) => void;
  readonly #known = new Map<string, EventRecord>();
  readonly #bells: Readonly<Record<HappeningKind, Bell>> = {
    accepted: new Bell(),
    duplicate: new Bell(),
    obsolete: new Bell(),
    retrying: new Bell(),
    dead: new Bell(),
    handled: new Bell(),
  };

  constructor(show: (happening: Happening) => void) {
    this.#show = show;
  }

  /**
   * Reads from the first change on, until the signal aborts.
   *
   * @throws {HookwellError} if the line breaks before
   */
  async follow(client: ApiClient, signal: AbortSignal): Promise<void> {
    try {
      for await (const { event, data } of changeEvents(client, {}, "0", signal)) {
        if (event === "event") this.#take(JSON.parse(data) as EventRecord);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Waits until this happens the next time; false if it does not within `ms` or before the signal aborts. */
  async next(kind: HappeningKind, ms: number, signal: AbortSignal): Promise<boolean> {
    const bell = this.#bells[kind];
    const before = bell.rung;
    await bell.wait(ms, signal);
    return bell.rung > before;
  }

  #take(record: EventRecord): void {
    const happenings = happeningsOf(this.#known.get(record.eventId), record);
    this.#known.set(record.eventId, record);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    for (const happening of happenings) {
      this.#show(happening);
      this.#bells[happening.kind].ring();
    }
  }
}
