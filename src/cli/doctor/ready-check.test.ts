import { describe, expect, test } from "vitest";
import { checkReady } from "./ready-check.ts";

const url = "http://127.0.0.1:3000";

describe("checkReady", () => {
  test.for([
    ['{"parts":{"queue":"ok"}}', "ok", `queue of ${url} answers`],
    ['{"parts":{"queue":"ok","ledger":"ok"}}', "ok", `queue and ledger of ${url} answer`],
    [
      '{"parts":{"queue":"failed","ledger":"late"}}',
      "fail",
      `queue: failed, ledger: no answer in time, at ${url}`,
    ],
    ['{"parts":{"queue":"spilling","ledger":"failed"}}', "fail", `ledger: failed, at ${url}`],
    [
      '{"parts":{"queue":"away","ledger":"ok"}}',
      "warn",
      `The queue server of ${url} does not answer, or does not report all that it holds.`,
    ],
    ['{"status":"UP"}', "fail", `${url} does not answer as Hookwell does.`],
    ["null", "fail", `${url} does not answer as Hookwell does.`],
    ["<!doctype html>", "fail", `${url} does not answer as Hookwell does.`],
  ] as const)("of the answer %s: %s, %s", async ([answer, level, says]) => {
    const check = await checkReady(url, async () => new Response(answer));

    expect(check).toMatchObject({ level, topic: "Engines", says });
  });

  test("says why there is no answer", async () => {
    const check = await checkReady(url, () => Promise.reject(new Error("read ECONNRESET")));

    expect(check).toMatchObject({ level: "fail", topic: "Engines", says: "read ECONNRESET" });
  });
});
