import { expect, test } from "vitest";
import { recordedLog } from "../testing/recorded-log.ts";
import { heldLog } from "./held-log.ts";

test("a log that is held says what it was told when it is released, in order, and from then on at once", () => {
  const { log, lines } = recordedLog();
  const held = heldLog(log);

  held.log.warn("queue.engine_lost", { engine: "redis:" });
  held.log.info("queue.engine_back");
  const before = [...lines];
  held.release();
  held.log.debug("later");

  expect(before).toEqual([]);
  expect(lines).toEqual([
    { level: "warn", fact: "queue.engine_lost", fields: { engine: "redis:" } },
    { level: "info", fact: "queue.engine_back", fields: {} },
    { level: "debug", fact: "later", fields: {} },
  ]);
});
