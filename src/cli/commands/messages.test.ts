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

  test("a sender that is away is one sentence, and how many were queued before", async () => {
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

describe("send", () => {
  test.each([
    ["447700900123", { phoneNumber: "447700900123" }],
    ["+44 7700 900123", { phoneNumber: "447700900123" }],
    ["anna@example.com", { email: "anna@example.com" }],
    ["profileId=anna@example.com", { profileId: "anna@example.com" }],
  ])("sends to %s", async (to, recipient) => {
    await using reader = await aDataFolder();
    const sent: unknown[] = [];
    const fetch = async (request: Request): Promise<Response> => {
      sent.push(await request.json());
      return Response.json({ messageId: "m1", status: "processing", statusDetails: { channelId: "sms" } });
    };
    const line = ["messages", "send", "--to", to, "--body", "Hello", "--metadata", "order=47=11"];

    const { code, stdout } = await reader.run(line, { env: senderEnv, fetch });

    expect([code, stdout]).toEqual([0, "✓ m1  processing  sms\n"]);
    expect(sent).toEqual([{ to: recipient, body: "Hello", rules: ["sms"], metadata: { order: "47=11" } }]);
  });

  test("sends a message from a file as it is", async () => {
    await using reader = await aDataFolder();
    const message = { to: { phoneNumber: "1" }, rules: ["rcs", "sms"], customBody: { rcs: {} } };
    const sent: unknown[] = [];
    const fetch = async (request: Request): Promise<Response> => {
      sent.push(await request.json());
      return Response.json({ messageId: "m1", status: "sent" });
    };

    const { stdout } = await reader.run(["messages", "send", "--file", "-", "--json"], {
      env: senderEnv,
      fetch,
      stdin: Buffer.from(JSON.stringify(message)),
    });

    expect(sent).toEqual([message]);
    expect(JSON.parse(stdout)).toMatchObject({ messageId: "m1", status: "sent", channel: null });
  });

  test.each([
    ["no text", ["--to", "447700900123"], "--body"],
    ["a strange recipient", ["--to", "anna", "--body", "a"], '--to is "anna"'],
    ["strange metadata", ["--to", "447700900123", "--body", "a", "--metadata", "a"], '--metadata is "a"'],
    ["a file and more", ["--file", "-", "--channel", "sms"], "leave the other flags"],
    ["a file that is no message", ["--file", "-"], "- must have a JSON object"],
  ])("%s is wrong use", async (_, flags, says) => {
    await using reader = await aDataFolder();

    const { code, stderr } = await reader.run(["messages", "send", ...flags], { env: senderEnv });

    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe("show", () => {
  test.each(["channel", "channelId"])("tells the channel where the sender calls it %s", async (spelling) => {
    await using reader = await aDataFolder();
    const message = {
      ...told("m1", "failed"),
      statusDetails: { [spelling]: "sms", reason: "no route" },
      to: { phoneNumber: "447700900123" },
    };
    const { fetch } = fakeSender({ "GET /cpaas/messages/m1": message });

    const { stdout } = await reader.run(["messages", "show", "m1"], { env: senderEnv, fetch });

    expect(stdout.split("\n")).toEqual([
      "failed",
      "",
      "  Message     m1",
      "  Channel     sms",
      '  To          {"phoneNumber":"447700900123"}',
      "  Updated     2026-11-24T11:00:00.000Z",
      '  Details     {"reason":"no route"}',
      "",
    ]);
  });

  test("a message that the sender does not know is one sentence", async () => {
    await using reader = await aDataFolder();
    const { fetch } = fakeSender({});

    const { code, stderr } = await reader.run(["messages", "show", "m1"], { env: senderEnv, fetch });

    expect([code, stderr]).toEqual([1, '✗ http://sender.test has no message "m1" (404).\n']);
  });
});
