import { describe, expect, test } from "vitest";
import { aDataFolder, now, type Reader } from "../../../test/support/program/reader.ts";
import { fakeSender, senderEnv } from "../../../test/support/program/sender.ts";
import { settledBy } from "../../../test/support/program/settled-by.ts";

const hour = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();

/** A message as the sender tells it; its status is of an hour ago. */
const told = (messageId: string, status: string): object => ({
  messageId,
  status,
  statusDetails: { channel: "sms" },
  _updatedOn: at(now - hour),
});

/** Brings an event of a message into the ledger, two hours ago. */
const came = (reader: Reader, id: string, status: string): Promise<unknown> =>
  reader.api.settled("handled", {
    name: `message.${status}`,
    entity: `message:${id}`,
    receivedAt: now - 2 * hour,
    occurredAt: now - 2 * hour,
  });

const analytics = "GET /cpaas/analytics/messages";

describe("reconcile", () => {
  const answers = {
    [analytics]: [
      { dateUtc: at(now - 2 * hour), success: { sms: 3 } },
      { dateUtc: at(now - hour), delivered: { sms: 1 }, failed: 1 },
    ],
    "GET /cpaas/messages/lost": told("lost", "delivered"),
    "GET /cpaas/messages/failed": told("failed", "failed"),
    "GET /cpaas/messages/open": told("open", "sent"),
  };

  async function aLedger(): Promise<Reader> {
    const reader = await aDataFolder();
    for (const id of ["lost", "failed", "open"]) await came(reader, id, "sent");
    return reader;
  }

  test("tells what was missed, and ends with 1", async () => {
    await using reader = await aLedger();
    const { fetch } = fakeSender(answers);

    const { code, stdout, stderr } = await reader.run(["messages", "reconcile"], { env: senderEnv, fetch });

    expect(code).toBe(1);
    expect(stdout).toMatch(/^lost +sent +delivered +2026-11-24T11:00:00.000Z$/m);
    expect(stdout).toMatch(/^failed +sent +failed +2026-11-24T11:00:00.000Z$/m);
    expect(stdout).not.toMatch(/^open/m);
    expect(stdout).toMatch(/^2026-11-24T11:00:00.000Z +0 +0\/1 +0 +0\/1 +0 +0$/m);
    expect(stdout).toContain("! 2 statuses were missed: 3 events, 3 messages asked for. --apply queues them");
    expect(stderr).toContain("can be pulled only per profile");
    expect(await reader.api.queued()).toEqual([]);
  });

  test("with --apply it is queued; then nothing is missed any more, and the counts agree", async () => {
    await using reader = await aLedger();
    const { fetch } = fakeSender(answers);
    const world = { env: senderEnv, fetch };

    const applied = await reader.run(["messages", "reconcile", "--apply"], world);
    await settledBy(reader.api);
    const again = await reader.run(["messages", "reconcile"], world);

    expect(applied.code).toBe(0);
    expect(applied.stdout).toContain("✓ 2 statuses were missed and queued: 3 events, 3 messages asked for.");
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("✓ No status was missed: 5 events, 1 message asked for.");
    expect(again.stderr).toContain("The counts of each hour are those of the sender.");
  });

  test("a program reads one object a line", async () => {
    await using reader = await aLedger();
    const { fetch } = fakeSender({ ...answers, [analytics]: 404 });

    const { stdout } = await reader.run(["messages", "reconcile", "--json"], { env: senderEnv, fetch });

    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([
      ...["failed", "lost"].map((messageId) => ({
        kind: "missed",
        messageId,
        ours: "sent",
        theirs: messageId === "lost" ? "delivered" : "failed",
        since: "2026-11-24T11:00:00.000Z",
        queued: false,
      })),
      { kind: "summary", events: 3, asked: 3, missed: 2, queued: 0, unknown: 0, differingHours: null },
    ]);
  });

  test("a message with a final status is not asked for, even if that came first", async () => {
    await using reader = await aDataFolder();
    await came(reader, "done", "delivered");
    await came(reader, "done", "sent");
    const sender = fakeSender({ [analytics]: [] });

    const { code } = await reader.run(["messages", "reconcile"], { env: senderEnv, fetch: sender.fetch });

    expect(code).toBe(0);
    expect(sender.asked).toEqual([analytics]);
  });

  test("looks back no further than it is told", async () => {
    await using reader = await aLedger();
    const sender = fakeSender({ [analytics]: [] });
    const line = ["messages", "reconcile", "--since", "1h"];

    const { code } = await reader.run(line, { env: senderEnv, fetch: sender.fetch });

    expect(code).toBe(0);
    expect(sender.asked).toEqual([analytics]);
  });

  test("a sender that is away from the start is asked nothing more, and nothing is queued", async () => {
    await using reader = await aLedger();
    const away = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const sender = fakeSender({ ...answers, [analytics]: away });
    const line = ["messages", "reconcile", "--apply"];

    const { code, stderr } = await reader.run(line, { env: senderEnv, fetch: sender.fetch });

    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(sender.asked).toEqual([analytics]);
    expect(await reader.api.queued()).toEqual([]);
  });

  test("a sender that goes away is one sentence, and how many were queued before", async () => {
    await using reader = await aDataFolder();
    for (let index = 0; index < 17; index += 1) await came(reader, `m${index}`, "sent");
    const away = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const known = Array.from({ length: 16 }, (_, index) => index + 1).map((index) => [
      `GET /cpaas/messages/m${index}`,
      told(`m${index}`, "read"),
    ]);
    const { fetch } = fakeSender({
      [analytics]: [],
      ...Object.fromEntries(known),
      "GET /cpaas/messages/m0": away,
    });

    const { code, stdout, stderr } = await reader.run(["messages", "reconcile", "--apply"], {
      env: senderEnv,
      fetch,
    });

    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("http://sender.test does not answer");
    expect(stderr).toContain("16 synthetic events had been queued");
    expect(await reader.api.queued()).toHaveLength(16);
  });
});
