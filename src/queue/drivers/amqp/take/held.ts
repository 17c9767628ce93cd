import type { AsyncMessage, Channel } from "rabbitmq-client";
import type { Message } from "../../../../event/message.ts";
import { Bell } from "../../../../lib/async/bell.ts";
import type { Delivery } from "../../../driver.ts";
import type { Count } from "../depth/counts.ts";
import { bytesOf } from "../message.ts";

/** A message that the server has handed to this process, and that was not answered. */
export interface Held {
  readonly shard: number;
  /** Its place among all that came to this process; as a text it is its receipt. */
  readonly order: number;
  /** The channel on which it came: it can be answered nowhere else. */
  readonly channel: Channel;
  /** What came. */
  readonly came: AsyncMessage;
  readonly message: Message | RangeError;
  readonly sentAt: number;
  readonly attempt: number;
  /** True while it is handed out. */
  isOut: boolean;
}

/** All that this process holds, in the order in which it came. */
export class AmqpHeld {
  readonly #byOrder = new Map<number, Held>();
  readonly #byChannel = new Map<Channel, Set<Held>>();
  /** What can be handed out, in order. */
  #ready: Held[] = [];
  /** What was handed out too early, by its shard, and when it may be handed out again. */
  readonly #early = new Map<number, Map<Held, number>>();
  /** Not later than when the first of them may be handed out. */
  #soonest = Infinity;
  readonly #bell = new Bell();
  #bytes = 0;

  /** Bytes of all bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#byOrder.size;
  }

  /** How many messages of a shard wait here for their time. */
  earlyOf(shard: number): number {
    return this.#early.get(shard)?.size ?? 0;
  }

  /** The tag of the first message of a channel that is held; Infinity if none is. */
  firstTag(channel: Channel): number {
    const [first] = this.#byChannel.get(channel) ?? [];
    return first?.came.deliveryTag ?? Infinity;
  }

  get count(): Count {
    let oldestSentAt = Infinity;
    for (const { sentAt } of this.#byOrder.values()) oldestSentAt = Math.min(oldestSentAt, sentAt);
    return { held: this.size, oldestSentAt };
  }

  arrived(held: Held): void {
    this.#byOrder.set(held.order, held);
    const ofChannel = this.#byChannel.get(held.channel) ?? new Set<Held>();
    this.#byChannel.set(held.channel, ofChannel.add(held));
    this.#bytes += bytesOf(held.came);
    this.#ready.push(held);
    this.wake();
  }

  take(max: number): readonly Delivery[] {
    this.#wakeEarly();
    return this.#ready.splice(0, max).map((held) => {
      held.isOut = true;
      return { receipt: String(held.order), message: held.message, attempt: held.attempt };
    });
  }

  /** The message that is handed out with this receipt; undefined if it is gone. */
  out(receipt: string): Held | undefined {
    const held = this.#byOrder.get(Number(receipt));
    return held?.isOut === true ? held : undefined;
  }

  /** Puts it back into its place, not to be handed out again before the delay is over. */
  putBack(held: Held, delayMs: number): void {
    held.isOut = false;
    const dueAt = performance.now() + delayMs;
    const ofShard = this.#early.get(held.shard) ?? new Map<Held, number>();
    this.#early.set(held.shard, ofShard.set(held, dueAt));
    this.#soonest = Math.min(this.#soonest, dueAt);
    this.wake();
  }

  /** False if it was forgotten already. */
  forget(held: Held): boolean {
    // It was sent back twice, and put back here before the first time was answered.
    if (!held.isOut) this.#ready = this.#ready.filter((each) => each !== held);
    return this.#remove(held);
  }

  /** Forgets all that came on this channel. */
  forgetAll(channel: Channel): void {
    for (const held of this.#byChannel.get(channel) ?? []) this.#remove(held);
    this.#byChannel.delete(channel);
    this.#ready = this.#ready.filter((held) => held.channel !== channel);
  }

  /** Resolves when something may have come, at the latest after `ms` or when the signal is aborted. */
  async change(ms: number, signal: AbortSignal): Promise<void> {
    await this.#bell.wait(Math.min(ms, this.#soonest - performance.now()), signal);
  }

  /** Wakes everyone who waits for a change. */
  wake(): void {
    this.#bell.ring();
  }

  #remove(held: Held): boolean {
    if (!this.#byOrder.delete(held.order)) return false;
    this.#byChannel.get(held.channel)?.delete(held);
    this.#bytes -= bytesOf(held.came);
    this.#early.get(held.shard)?.delete(held);
    return true;
  }

  #wakeEarly(): void {
    const now = performance.now();
    if (this.#soonest > now) return;
    this.#soonest = Infinity;
    for (const ofShard of this.#early.values()) {
      for (const [held, dueAt] of ofShard) {
        if (dueAt > now) this.#soonest = Math.min(this.#soonest, dueAt);
        else if (ofShard.delete(held)) this.#ready.push(held);
      }
    }
    this.#ready.sort((a, b) => a.order - b.order);
  }
}
