import { hostname } from "node:os";
import { expect, test } from "vitest";
import type { EnginesResponse } from "../../src/api/contract.ts";
import { startTestApp, type TestApp } from "../support/program/app.ts";
import { answers } from "../support/servers/engines.ts";
import { ownQueue } from "../support/servers/own-queue.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";

/** The queues of others that its log tells of. */
const toldBy = ({ log }: TestApp): readonly string[] =>
  log.flatMap(({ fact, fields }) => (fact === "ledger.other_queue" ? [String(fields["other"])] : [])).sort();

/** How often the log tells of them in other words, once it has told of both engines. */
const toldAgainBy = ({ log }: TestApp): number => {
  expect(log.map(({ fact }) => fact)).toContain("ledger.engine");
  return log.filter(({ fields }) => String(fields["warning"]).includes("share this ledger")).length;
};

const embeddedOf = ({ data }: TestApp): string => `sqlite: of ${data} on ${hostname()}`;

test.skipIf(!(await answers("redis")) || !(await answers("postgres")))(
  "workers of several queues on one ledger say so, once for each, whether these are embedded or on a server",
  async () => {
    await using ledger = ownSchema();
    await using queue = ownQueue("redis");
    const embedded = { HOOKWELL_LEDGER: ledger.url };
    const onServer = { ...embedded, HOOKWELL_QUEUE: queue.url };
    await using one = await startTestApp({ env: embedded });
    await using two = await startTestApp({ env: embedded });
    await using three = await startTestApp({ env: onServer });
    await using four = await startTestApp({ env: onServer });

    await expect.poll(() => toldBy(one)).toEqual([queue.url, embeddedOf(two)]);
    await expect.poll(() => toldBy(two)).toEqual([queue.url, embeddedOf(one)]);
    for (const app of [three, four]) {
      await expect.poll(() => toldBy(app)).toEqual([embeddedOf(one), embeddedOf(two)].sort());
    }
    for (const app of [one, two, three, four]) {
      await expect.poll(() => toldAgainBy(app)).toBe(0);
      const { ledger: report } = await app.api<EnginesResponse>("/engines");
      expect(report?.warnings.join(" ")).toContain("Workers of 3 queues share this ledger");
    }
  },
);
