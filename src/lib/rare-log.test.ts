import { describe, expect, test } from "vitest";
import { recordedLog } from "../testing/recorded-log.ts";
import { rareLog } from "./rare-log.ts";

describe("a log of what many meet at the same time", () => {
  test("says each fact once, and again after a while", () => {
    let time = 0;
    const { log, facts } = recordedLog();
    const rare = rareLog(log, 1_000, () => time);

    for (time = 0; time < 2_500; time += 100) rare.error("queue.ack_failed", { time });
    rare.error("ledger.admit_failed");

    expect(facts()).toEqual([
      "queue.ack_failed",
      "queue.ack_failed",
      "queue.ack_failed",
      "ledger.admit_failed",
    ]);
  });

  test("says that it is over once each time that it was said", () => {
    let time = 0;
    const { log, facts } = recordedLog();
    const rare = rareLog(log, 1_000, () => time);

    for (const at of [0, 900, 1_100, 1_200]) {
      time = at;
      if (at === 0 || at === 1_100) rare.error("queue.ack_failed");
      else for (let asker = 0; asker < 3; asker += 1) rare.info("queue.ack_failed.recovered");
    }

    const both = ["queue.ack_failed", "queue.ack_failed.recovered"];
    expect(facts()).toEqual([...both, ...both]);
  });

  test("says it once for each part", () => {
    const { log, lines } = recordedLog();
    const rare = rareLog(log, 1_000, () => 0);

    for (const part of ["queue", "ledger", "queue"]) rare.error("engine.not_reached", { part });

    expect(lines.map(({ fields }) => fields)).toEqual([{ part: "queue" }, { part: "ledger" }]);
  });

  test("says as an error what it has said as a warning", () => {
    const { log, lines } = recordedLog();
    const rare = rareLog(log, 1_000, () => 0);

    for (let asker = 0; asker < 3; asker += 1) {
      rare.warn("queue.ack_failed");
      rare.error("queue.ack_failed");
    }

    expect(lines.map(({ level }) => level)).toEqual(["warn", "error"]);
  });

  test("keeps level and fields, and is not silenced by a clock that goes back", () => {
    let time = 1_000_000;
    const { log, lines } = recordedLog();
    const rare = rareLog(log, 1_000, () => time);

    rare.warn("a", { one: 1 });
    time = 0;
    rare.warn("a", { one: 2 });

    expect(lines).toEqual([
      { level: "warn", fact: "a", fields: { one: 1 } },
      { level: "warn", fact: "a", fields: { one: 2 } },
    ]);
  });
});
