import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConfigError } from "../../errors.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { ServerHealth } from "./server-health.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const timeout = new Error("timeout expired");
const crowded = Object.assign(new Error("sorry, too many clients already"), { code: "53300" });
const pooler = Object.assign(new Error("no more connections allowed (max_client_conn)"), { code: "08P01" });
const full = Object.assign(new Error("no space left on device"), { code: "53100" });
const refused = new ConfigError(["The server refuses the password."]);

test("a server that was away is back with the first call that works", () => {
  const { log, facts } = recordedLog();
  const health = new ServerHealth({ part: "queue", shown: "postgres://one" }, log);

  health.works();
  const begun = performance.now();
  vi.advanceTimersByTime(5_000);
  health.lost(timeout, begun);
  health.lost(timeout, begun);
  health.works();

  expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
});

test("a server that leaves some calls without an answer, as those for a locked table, is lost until it answers all", () => {
  const { log, facts } = recordedLog();
  const health = new ServerHealth({ part: "queue", shown: "postgres://one" }, log);

  for (let tries = 0; tries < 5; tries += 1) {
    const begun = performance.now();
    vi.advanceTimersByTime(4_000);
    health.works();
    vi.advanceTimersByTime(1_000);
    health.lost(timeout, begun);
    // The longest pause until the next try.
    vi.advanceTimersByTime(5_000);
    health.works();
  }
  expect(facts()).toEqual(["queue.engine_lost"]);

  vi.advanceTimersByTime(7_001);
  health.works();
  expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
});

test.for([crowded, pooler, full, refused])(
  "if only some calls fail, it is lost until none does: %s",
  (error) => {
    const { log, facts } = recordedLog();
    const health = new ServerHealth({ part: "queue", shown: "postgres://one" }, log);

    for (let second = 0; second < 10; second += 1) {
      health.lost(error, performance.now());
      vi.advanceTimersByTime(1_000);
      health.works();
    }
    expect(facts()).toEqual(["queue.engine_lost"]);

    vi.advanceTimersByTime(4_001);
    health.works();
    expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
  },
);
