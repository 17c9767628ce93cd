import { describe, expect, test } from "vitest";
import { aDataFolder } from "../../../test/support/program/reader.ts";
import { fakeSender, senderEnv } from "../../../test/support/program/sender.ts";

describe("show", () => {
  test.each(["channel", "channelId"])("tells the channel where the sender calls it %s", async (spelling) => {
    await using reader = await aDataFolder();
    const message = {
      messageId: "m1",
      status: "failed",
      _updatedOn: "2026-11-24T11:00:00.000Z",
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
