import { type Chance, type PlayOptions, playAll, step } from "../play.ts";
import { QueuePlay, type QueuePlayHarness } from "./random-play.ts";

export interface QueuePlayOptions extends PlayOptions {
  readonly consumers: number;
  readonly leaseMs: number;
}

/**
 * Lets consumers do anything at any time, and compares the engine with a model after each step.
 *
 * @param fc the module `fast-check`
 * @param makeHarness gives a fresh, empty storage on each call
 */
export function playQueue(
  fc: Chance,
  makeHarness: () => Promise<QueuePlayHarness>,
  options: QueuePlayOptions,
): Promise<void> {
  const { consumers, leaseMs } = options;
  const consumer = fc.nat({ max: consumers - 1 });
  const which = fc.nat({ max: 20 });
  const some = fc.array(which, { minLength: 1, maxLength: 5, size: "max" });
  const bodies = fc.array(fc.constantFrom(0, 1, 50, 3_000), { minLength: 1, maxLength: 4, size: "max" });
  const held = fc.record({ consumer, which: some });
  const isHolding = (play: QueuePlay, choice: { readonly consumer: number }): boolean =>
    play.holdsAnything(choice.consumer);
  const send = fc
    .record({ consumer, sends: fc.array(bodies, { minLength: 1, maxLength: 2, size: "max" }) })
    .map((choice) =>
      step("send", choice, (play: QueuePlay, { consumer, sends }) => play.send(consumer, sends)),
    );
  const everyone = Array.from({ length: consumers }, (_, index) => index);
  const receive = fc
    .record({
      consumers: fc.oneof(
        consumer.map((it) => [it]),
        fc.constant(everyone),
      ),
      max: fc.integer({ min: 1, max: 12 }),
    })
    .map((choice) =>
      step("receive", choice, (play: QueuePlay, { consumers, max }) => play.receive(consumers, max)),
    );
  const ack = held.map((choice) =>
    step("ack", choice, (play, { consumer, which }) => play.ack(consumer, which), isHolding),
  );
  const delayMs = fc.constantFrom(0, 40);
  const retry = fc
    .record({ consumer, which, delayMs, attempt: fc.option(fc.integer({ min: 1, max: 9 }), { freq: 2 }) })
    .map((choice) =>
      step(
        "retry",
        choice,
        (play, { consumer, which, delayMs, attempt }) => play.retry(consumer, which, delayMs, attempt),
        isHolding,
      ),
    );
  const extend = held.map((choice) =>
    step("extend", choice, (play, { consumer, which }) => play.extend(consumer, which), isHolding),
  );
  const beat = consumer.map((choice) => step("beat", choice, (play: QueuePlay, it) => play.beat(it)));
  const pass = fc
    .constantFrom(40, Math.ceil(leaseMs * 0.6), leaseMs)
    .map((choice) => step("pass", choice, (play: QueuePlay, ms) => play.pass(ms)));
  const reopen = consumer.map((choice) => step("reopen", choice, (play: QueuePlay, it) => play.reopen(it)));
  const kill = consumer.map((choice) => step("kill", choice, (play: QueuePlay, it) => play.kill(it)));
  const restart = fc.constant(step("restart", null, (play: QueuePlay) => play.restart()));
  // Those that happen often are there more often.
  const steps = [send, send, receive, receive, receive, receive, ack, ack, retry, retry, extend, beat, pass];
  const begin = async (): Promise<QueuePlay> => QueuePlay.begin(await makeHarness(), consumers, leaseMs);
  return playAll(fc, [...steps, ...steps, reopen, reopen, kill, restart], begin, options);
}
