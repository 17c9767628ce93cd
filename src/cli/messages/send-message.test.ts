import { describe, expect, test } from "vitest";
import { aDataFolder } from "../../../test/support/program/reader.ts";
import { senderEnv } from "../../../test/support/program/sender.ts";

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
