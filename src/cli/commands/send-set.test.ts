import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { runCli } from "../../../test/support/program/cli.ts";
import { aReceiver } from "../../../test/support/events/receiver.ts";
import { lives } from "../../sandbox/lives/lives.ts";

describe("--set", () => {
  test("sets fields of an event, as JSON or else as text, and what belongs to them follows", async () => {
    await using receiver = await aReceiver();

    await receiver.send([
      "message.failed",
      "--set=payload.details.channel=rcs",
      "--set=revision=7",
      "--set=payload.details.failureReason=a = b",
      '--set=payload.metadata={"orderId":"SO-1"}',
    ]);

    expect(receiver.events()[0]).toMatchObject({
      revision: 7,
      payload: {
        details: { channel: "rcs", channelStatus: {}, failureReason: "a = b" },
        metadata: { orderId: "SO-1" },
      },
    });
  });

  test("sets fields in each event of a life", async () => {
    await using receiver = await aReceiver();

    await receiver.send(["--set", "payload.details.channel=sms", "--set", "payload.metadata.tenant=uk"]);

    const isSet = expect.objectContaining({
      payload: expect.objectContaining({
        details: expect.objectContaining({ channel: "sms", channelStatus: { sms: expect.anything() } }),
        metadata: { tenant: "uk" },
      }),
    });
    expect(receiver.events()).toEqual([isSet, isSet, isSet]);
  });

  test.each([
    ["revision", "write path=value"],
    ["=7", "write path=value"],
    ["payload..id=7", "write path=value"],
    ["payload.parts.0.data=x", "a list is set as a whole"],
  ])("%s is wrong use, and the right form is told", async (setting, words) => {
    const { code, stderr } = await runCli(
      ["send", "--set", setting, "--url", "http://localhost:1", "--secret", "s"],
      {
        cwd: tmpdir(),
        columns: 1_000,
      },
    );

    expect(code).toBe(2);
    expect(stderr).toContain(`--set ${setting}: ${words}`);
  });
});

describe("--life", () => {
  test.each(Object.keys(lives))("%s sends one whole life, in order", async (kind) => {
    await using receiver = await aReceiver();

    await receiver.send(["--life", kind]);

    const names = receiver.events().map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(3);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => name.startsWith(kind) || name === "facebook.optin")).toBe(true);
  });

  test.each([
    [["chat.closed", "--life", "chat"], "Event names and --life exclude each other"],
    [["--life", "cat"], "one of message, profile, conversation, chat, presence"],
    [["--file", "-", "--life", "chat", "--set", "a=1"], "leave out --life and --set"],
  ])("%j is wrong use", async (argv, words) => {
    const { code, stderr } = await runCli(["send", ...argv], {
      cwd: tmpdir(),
      stdin: Buffer.from("{}"),
      columns: 1_000,
    });

    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});
