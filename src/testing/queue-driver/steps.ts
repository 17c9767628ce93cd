import { type Chance, type PlayOptions, playAll, step } from "../play.ts";
import { QueuePlay, type QueuePlayHarness } from "./random-play.ts";

export interface QueuePlayOptions extends PlayOptions {
  readonly leaseMs: number;
}

/**
 * Lets a consumer do anything at any time, and compares the engine with a model after each step.
 *
 * @param fc the module `fast-check`
 * @param makeHarness gives a fresh, empty storage on each call
 */
export function playQueue(
  fc: Chance,
  makeHarness: () => Promise<QueuePlayHarness>,
  options: QueuePlayOptions,
): Promise<void> {
  const { leaseMs } = options;
  const which = fc.nat({ max: 20 });
  const some = fc.array(which, { minLength: 1, maxLength: 5, size: "max" });
  const bodies = fc.array(fc.constantFrom(0, 1, 50, 3_000), { minLength: 1, maxLength: 4, size: "max" });
  const isHolding = (play: QueuePlay): boolean => play.holdsAnything;
  const send = fc
    .array(bodies, { minLength: 1, maxLength: 2, size: "max" })
    .map((choice) => step("send", choice, (play: QueuePlay, sends) => play.send(sends)));
  const receive = fc
    .integer({ min: 1, max: 12 })
    .map((choice) => step("receive", choice, (play: QueuePlay, max) => play.receive(max)));
  const ack = some.map((choice) => step("ack", choice, (play, all) => play.ack(all), isHolding));
  const delayMs = fc.constantFrom(0, 40);
  const retry = fc
    .record({ which, delayMs, attempt: fc.option(fc.integer({ min: 1, max: 9 }), { freq: 2 }) })
    .map((choice) =>
      step(
        "retry",
        choice,
        (play, { which, delayMs, attempt }) => play.retry(which, delayMs, attempt),
        isHolding,
      ),
    );
  const extend = some.map((choice) => step("extend", choice, (play, all) => play.extend(all), isHolding));
  const beat = fc.constant(step("beat", null, (play: QueuePlay) => play.beat()));
  const pass = fc
    .constantFrom(40, Math.ceil(leaseMs * 0.6), leaseMs)
    .map((choice) => step("pass", choice, (play: QueuePlay, ms) => play.pass(ms)));
  const reopen = fc.constant(step("reopen", null, (play: QueuePlay) => play.reopen()));
  const kill = fc.constant(step("kill", null, (play: QueuePlay) => play.kill()));
  // Frequent steps are listed more often.
  const steps = [send, send, receive, receive, receive, receive, ack, ack, retry, retry, extend, beat, pass];
  const begin = async (): Promise<QueuePlay> => QueuePlay.begin(await makeHarness(), leaseMs);
  return playAll(fc, [...steps, ...steps, reopen, reopen, kill], begin, options);
}
