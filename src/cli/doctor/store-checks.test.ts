import { describe, expect, test } from "vitest";
import type { EnginesResponse, StatsResponse } from "../../api/contract.ts";
import { ApiClient } from "../client/api-client.ts";
import type { Check } from "./check.ts";
import { checkStores } from "./store-checks.ts";

describe("checkStores", () => {
  const quiet: StatsResponse = {
    queue: { depth: 0, oldestAgeMs: 300_000, spilled: 0, isAway: false },
    events: { pending: 0, retrying: 0, handled: 7, obsolete: 0, dead: 0 },
    duplicates: 0,
    quarantine: 0,
    secrets: [],
    drift: null,
  };
  const engine = { engine: "Redis 8", durability: "Flushed.", warnings: [] };

  const checked = (stats: Partial<StatsResponse>, engines: Partial<EnginesResponse> = {}) => {
    const answers: Readonly<Record<string, unknown>> = {
      "/api/v1/stats": { ...quiet, ...stats },
      "/api/v1/engines": { queue: engine, ledger: engine, ...engines },
    };
    const fetch = async (request: Request): Promise<Response> =>
      Response.json(answers[new URL(request.url).pathname]);
    return checkStores(
      new ApiClient({ where: "there", live: true, base: "http://127.0.0.1:3000", token: "t", fetch }),
      [],
    );
  };
  const shortly = (checks: readonly Check[]): readonly string[] =>
    checks.map(({ level, topic, says }) => `${level} ${topic}: ${says}`);

  test("finds nothing wrong where nothing waits", async () => {
    expect(shortly(await checked({}))).toEqual([
      "ok Queue: Redis 8: Flushed.",
      "ok Ledger: Redis 8: Flushed.",
      "ok Stores: there: 7 events kept, 0 waiting",
    ]);
  });

  test.for<[stats: Partial<StatsResponse>, told: readonly string[]]>([
    [{ events: null }, ["fail Stores: there: the ledger does not report what it keeps, 0 waiting"]],
    [{ queue: null }, ["fail Stores: there: 7 events kept, the queue does not report what waits"]],
    [{ quarantine: null }, ["fail Quarantine: The Hookwell that doctor asked cannot read it."]],
    [{ quarantine: 2 }, ["warn Quarantine: 2 refused requests"]],
    [
      { queue: { depth: 3, oldestAgeMs: 300_001, spilled: 1, isAway: true } },
      [
        "ok Stores: there: 7 events kept, at least 3 waiting, since its server does not report all",
        "warn Queue: 1 event on this machine, waiting for the queue server.",
        "warn Queue: The oldest event has waited for 5m.",
      ],
    ],
  ])("tells what is wrong of %j", async ([stats, told]) => {
    const checks = shortly(await checked(stats));

    expect(checks.filter((check) => !/ok (Queue|Ledger)|there: 7 events kept, 0/.test(check))).toEqual(told);
  });

  test("says of events that wait long how many of them are retried, which is no standstill", async () => {
    const queue = { depth: 12, oldestAgeMs: 600_000, spilled: 0, isAway: false };
    const cureWith = async (retrying: number): Promise<string | undefined> => {
      const checks = await checked({
        queue,
        events: { ...quiet.events, retrying } as StatsResponse["events"],
      });
      return checks.find(({ says }) => says.startsWith("The oldest"))?.cure;
    };

    const cures = [await cureWith(12), await cureWith(0)];

    const question = "Is a `hookwell serve` or `hookwell process` running, and do its handlers end?";
    expect(cures).toEqual([
      `${question} 12 events have failed and are tried again later: \`hookwell events --status retrying\` shows why.`,
      question,
    ]);
  });
});
