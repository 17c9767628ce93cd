import { JournalFile } from "../../test/support/program/journal-file.ts";
import { sharedNow } from "../../test/support/program/journal.ts";
import type { Delivery, SentEvent } from "../../test/support/events/deliveries.ts";
import type { Menu } from "../handler/behaviour.ts";
import { committedOnly } from "./committed.ts";
import type { End, Facts, Told, Violation } from "./facts.ts";

/** Writes down what clients, supervisor and watcher see, for the oracle. */
export class Records {
  readonly journal: JournalFile;
  readonly told: Map<string, Told> = new Map();
  readonly mended: Set<string> = new Set();
  /** Whether a commit of a process that lives on may fail: the ledger's server dies, or the way to it breaks. */
  commitsFail = false;
  /** Reads what handlers wrote in the transactions of their events. */
  effects: () => Promise<Facts["effects"]> = () => Promise.resolve(undefined);
  readonly #menu: Menu;
  readonly #settleMs: number;
  readonly #sent = new Map<string, SentEvent>();
  readonly #acknowledged = new Map<string, number>();
  readonly #ends = new Map<number, End>();
  readonly #replays = new Map<string, number>();
  readonly #powerCuts = new Set<number>();
  readonly #forgettable = new Set<string>();
  readonly #violations: Violation[] = [];
  #generations = 0;

  constructor(journal: string, menu: Menu, settleMs: number) {
    this.journal = new JournalFile(journal);
    this.#menu = menu;
    this.#settleMs = settleMs;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.size;
  }

  nextGeneration(): number {
    this.#generations += 1;
    return this.#generations;
  }

  ended(generation: number, end: End): void {
    this.#ends.set(generation, end);
  }

  /** The process that ran last was ended by a power cut, and lost what it had not flushed. */
  powerCut(): void {
    this.#powerCuts.add(this.#generations);
  }

  send({ events }: Delivery): void {
    for (const event of events) this.#sent.set(event.eventId, event);
  }

  acknowledge({ events }: Delivery): void {
    for (const { eventId } of events) {
      if (!this.#acknowledged.has(eventId)) this.#acknowledged.set(eventId, sharedNow());
    }
  }

  violate(...violations: readonly Violation[]): void {
    this.#violations.push(...violations);
  }

  /** A replay of these is asked for; whether it is carried out is not known. */
  replay(eventIds: Iterable<string>): void {
    for (const eventId of eventIds) this.#replays.set(eventId, (this.#replays.get(eventId) ?? 0) + 1);
  }

  /** All that was sent until now may be forgotten from now on. */
  forgetMay(): void {
    for (const eventId of this.#sent.keys()) this.#forgettable.add(eventId);
  }

  /** What was noticed at once, and not by comparing. Given once. */
  takeViolations(): readonly Violation[] {
    return this.#violations.splice(0);
  }

  async facts(): Promise<Facts> {
    const effects = await this.effects();
    const journal = await this.journal.read();
    const mayVanish = (generation: number): boolean =>
      this.commitsFail || this.#ends.get(generation)?.how === "crashed";
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      journal: effects === undefined ? journal : committedOnly(journal, effects, mayVanish),
      ends: this.#ends,
      powerCuts: this.#powerCuts,
      told: this.told,
      replays: this.#replays,
      mended: this.mended,
      forgettable: this.#forgettable,
      effects,
      menu: this.#menu,
      settleMs: this.#settleMs,
    };
  }
}
