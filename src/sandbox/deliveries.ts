import { seededRandom } from "../lib/random.ts";
import type { Log } from "../log.ts";
import type { Agenda } from "./agenda.ts";
import { AttemptLog, type DeadEvent, type DeliveryAttempt } from "./attempts.ts";
import { type Clock, isoNow } from "./clock.ts";
import { type Faults, troubleOf } from "./faults.ts";
import { Fifo } from "./fifo.ts";
import { freshUuid } from "./fresh-event.ts";
import type { Registration, Registrations } from "./registrations.ts";
import { type ScheduleName, verdictOn } from "./schedule.ts";
import { headersOf, postOnce } from "./sender.ts";
import type { SampleEvent } from "./samples.ts";
import type { WrittenEvent } from "./subscriptions.ts";
import type { Transport } from "./transport.ts";

/** A body that is on its way, with all its attempts. A retry has the members of the first attempt, which is a guess. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly events: readonly WrittenEvent[];
  /** An array, even of one. */
  readonly batch: boolean;
  /** Seed of all chance in it. */
  readonly seed: number;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it is to be tried, in ms since 1970. */
  readonly dueAt: number;
}

export interface DeliveriesParts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly random: () => number;
  readonly registrations: Registrations;
  readonly faults: () => Faults;
  readonly transport: Transport;
  readonly schedule: ScheduleName;
  /** Most deliveries of one registration that are under way at once. */
  readonly parallel: number;
  readonly onAttempt: (attempt: DeliveryAttempt) => void;
  readonly log: Log;
  readonly changed: () => void;
}

/** The deliveries of one registration. */
interface Lane {
  readonly waiting: Fifo<Delivery>;
  underWay: number;
}

/** Brings bodies to receivers: at once, again on the schedule, and in the end to the dead queue. */
export class Deliveries {
  readonly attempts: AttemptLog = new AttemptLog();
  readonly #parts: DeliveriesParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #pending = new Map<string, Delivery>();
  #dead: DeadEvent[] = [];
  readonly #underWay = new Set<AbortController>();
  #pendingEvents = 0;
  #closed = false;

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
  }

  /** What is neither accepted nor given up. */
  pending(): readonly Delivery[] {
    return [...this.#pending.values()];
  }

  get pendingEvents(): number {
    return this.#pendingEvents;
  }

  dead(): readonly DeadEvent[] {
    return this.#dead;
  }

  add(webhookId: string, events: readonly WrittenEvent[], batch: boolean): void {
    const { random, clock } = this.#parts;
    const id = freshUuid(random);
    const seed = Math.floor(random() * 0x1_0000_0000);
    this.#plan({ id, webhookId, events, batch, seed, attempts: 0, dueAt: clock.now() });
  }

  /** Puts back what a state file kept. */
  restore(pending: readonly Delivery[], dead: readonly DeadEvent[]): void {
    this.#dead = [...dead];
    for (const delivery of pending) this.#plan(delivery);
  }

  /** Ends what is under way without an answer, and starts nothing more. */
  close(): void {
    this.#closed = true;
    for (const delivery of this.#underWay) delivery.abort();
  }

  clear(): void {
    this.attempts.clear();
    this.#lanes.clear();
    this.#pending.clear();
    this.#pendingEvents = 0;
    this.#dead = [];
  }

  #plan(delivery: Delivery): void {
    if (!this.#pending.has(delivery.id)) this.#pendingEvents += delivery.events.length;
    this.#pending.set(delivery.id, delivery);
    const waitMs = delivery.dueAt - this.#parts.clock.now() + this.#troubleOf(delivery).waitMs;
    if (waitMs > 0) this.#parts.agenda.after(waitMs, () => this.#enqueue(delivery));
    else this.#enqueue(delivery);
    this.#parts.changed();
  }

  #enqueue(delivery: Delivery): void {
    const lane = this.#lanes.get(delivery.webhookId) ?? { waiting: new Fifo(), underWay: 0 };
    this.#lanes.set(delivery.webhookId, lane);
    lane.waiting.add(delivery);
    this.#startNext(lane);
  }

  #startNext(lane: Lane): void {
    while (lane.underWay < this.#parts.parallel && !this.#closed) {
      const delivery = lane.waiting.take();
      if (delivery === undefined) return;
      lane.underWay += 1;
      this.#parts.agenda.track(
        this.#attempt(delivery).finally(() => {
          lane.underWay -= 1;
          this.#startNext(lane);
        }),
      );
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    if (!this.#pending.has(delivery.id)) return;
    const { registrations, clock, transport } = this.#parts;
    const registration = registrations.get(delivery.webhookId);
    // What becomes of the events of a deleted registration is unknown; the sandbox forgets them.
    if (registration === undefined) return this.#end(delivery);
    const trouble = this.#troubleOf(delivery);
    const { url } = registration.webhook;
    const parcel = { url, body: bodyOf(delivery), secret: this.#secretFor(registration, delivery), trouble };
    const headers = headersOf(parcel);
    const ended = this.attempts.begin({
      id: delivery.id,
      webhookId: delivery.webhookId,
      url,
      eventIds: delivery.events.map(({ eventId }) => eventId),
      names: [...new Set(delivery.events.map(({ name }) => name))],
      bytes: parcel.body.length,
      headers,
      attempt: delivery.attempts + 1,
      startedAt: isoNow(clock),
      endedAt: null,
      status: null,
      error: null,
      faults: trouble.names,
      outcome: "pending",
      nextAt: null,
    });
    const hangUp = new AbortController();
    this.#underWay.add(hangUp);
    const answer = await postOnce(parcel, headers, transport, clock, hangUp);
    this.#underWay.delete(hangUp);
    const end = { ...answer, endedAt: isoNow(clock), ...this.#conclude(delivery, answer.status) };
    this.#parts.onAttempt(ended(end));
  }

  /** Does what follows from an answer. */
  #conclude(delivery: Delivery, status: number | null) {
    const attempts = delivery.attempts + 1;
    const verdict = verdictOn(status, attempts, this.#parts.schedule);
    // All was reset meanwhile.
    if (!this.#pending.has(delivery.id)) return { outcome: verdict.outcome, nextAt: null };
    if (verdict.outcome === "retry") {
      const dueAt = this.#parts.clock.now() + verdict.delayMs;
      this.#plan({ ...delivery, attempts, dueAt });
      return { outcome: verdict.outcome, nextAt: new Date(dueAt).toISOString() };
    }
    if (verdict.outcome !== "accepted") this.#giveUp({ ...delivery, attempts }, verdict.outcome);
    this.#end(delivery);
    return { outcome: verdict.outcome, nextAt: null };
  }

  #giveUp({ id, events, webhookId, attempts }: Delivery, outcome: "refused" | "dead"): void {
    const reason = outcome === "refused" ? "refused" : "schedule";
    this.#parts.log.warn("sandbox.dead", { delivery: id, webhook: webhookId, events: events.length, reason });
    const at = isoNow(this.#parts.clock);
    for (const { eventId, name, text } of events) {
      const event = JSON.parse(text) as SampleEvent;
      this.#dead.push({ eventId, name, webhookId, reason, attempts, at, event });
    }
  }

  #end(delivery: Delivery): void {
    if (this.#pending.delete(delivery.id)) this.#pendingEvents -= delivery.events.length;
    this.#parts.changed();
  }

  #troubleOf({ seed, attempts }: Delivery) {
    return troubleOf(this.#parts.faults(), seededRandom(seed + attempts));
  }

  /** During a rotation the old and the new secret take turns, by the last digit of what is otherwise chance. */
  #secretFor({ webhook, replaced }: Registration, { seed, attempts }: Delivery): string | undefined {
    const { rotationMs } = this.#parts.faults();
    const isRotating = replaced !== undefined && this.#parts.clock.now() - replaced.at < rotationMs;
    return isRotating && (seed + attempts) % 2 === 0 ? replaced.secret : webhook.secret;
  }
}

/** The bytes that are sent: the same on every attempt. */
function bodyOf({ batch, events }: Delivery): Buffer {
  const texts = events.map(({ text }) => text).join(",");
  return Buffer.from(batch ? `[${texts}]` : texts);
}
