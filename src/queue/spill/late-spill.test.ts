import { expect, onTestFinished, test, vi } from "vitest";
import { aMessage } from "../../testing/builders.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import type { QueueInlet } from "../driver.ts";
import { LateSpill } from "./late-spill.ts";

/** What was asked of whom. */
function aWorld() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const asked: string[] = [];
  const inlet = (name: string): QueueInlet => ({
    send: async () => void asked.push(`${name} sends`),
    depth: async () => ({ messages: 0, oldestAgeMs: 0 }),
    close: async () => void asked.push(`${name} closes`),
  });
  const { log, facts } = recordedLog();
  let isWritable = false;
  const open = async (): Promise<QueueInlet> => {
    asked.push("opening");
    if (!isWritable) throw new Error("read-only");
    return inlet("spill");
  };
  const late = new LateSpill({ engine: inlet("engine"), open, log });
  return { asked, facts, late, mend: () => void (isWritable = true) };
}

test("the engine stands alone until its spill can be opened, which is tried every 10 s", async () => {
  const { asked, facts, late, mend } = aWorld();

  await late.send([aMessage()]);
  await vi.advanceTimersByTimeAsync(20_000);
  await late.send([aMessage()]);
  mend();
  await vi.advanceTimersByTimeAsync(10_000);
  await late.send([aMessage()]);
  await vi.advanceTimersByTimeAsync(60_000);
  await late.close();

  expect(asked).toEqual([
    "engine sends",
    "opening",
    "opening",
    "engine sends",
    "opening",
    "spill sends",
    "spill closes",
  ]);
  expect(facts()).toEqual(["queue.spill_works"]);
});

test("once closed, nothing is opened any more", async () => {
  const { asked, late } = aWorld();

  await late.close();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(asked).toEqual(["engine closes"]);
});
