import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli, type Finished } from "../../../test/support/program/cli.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { sample, sampleNames } from "../../sandbox/samples.ts";

const validate = (body: unknown, ...options: readonly string[]): Promise<Finished> => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return runCli(["validate", "-", ...options], { cwd: "/", stdin: Buffer.from(text) });
};

test("a file with what the sender sends has nothing unusual", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "body.json"), JSON.stringify(sampleNames.map((name) => sample(name))));

  const { code, stdout } = await runCli(["validate", "body.json"], { cwd: folder.path });

  expect([code, stdout]).toEqual([0, expect.stringContaining("✓ 37 events, nothing unusual.\n")]);
});

test("what is unusual is told by event and path, with what was probably meant", async () => {
  const { payload, ...event } = sample("message.failed");
  const { updatedOn, ...others } = { ...payload };
  const body = [
    sample("message.sent"),
    { ...event, name: "message.failde", payload },
    { ...event, payload: { ...others, id: 7, updatedon: updatedOn } },
    { name: "message.sent" },
  ];

  const { code, stdout } = await validate(body);

  expect([code, stdout.split("\n")]).toEqual([
    1,
    [
      "! 2, message.failde: name is not known. Did you mean message.failed?",
      "! 3, message.failed: payload.updatedOn is missing",
      "! 3, message.failed: payload.id is a number, not a string",
      "+ 3, message.failed: payload.updatedon is not in the schema. Did you mean updatedOn?",
      "✗ 4: The event has no string `eventId`.",
      "Unusual: 3 of 4 events.",
      "",
    ],
  ]);
});

test("with --json, each finding is an object", async () => {
  const { code, stdout } = await validate({ eventId: "1", name: "presence.awa" }, "--json");

  expect([code, JSON.parse(stdout)]).toEqual([
    1,
    {
      event: 1,
      eventId: "1",
      name: "presence.awa",
      kind: "unknown-name",
      path: "name",
      message: "is not known. Did you mean presence.away?",
    },
  ]);
});

test("a new field alone is told, and is nothing unusual", async () => {
  const { code, stdout } = await validate({ ...sample("message.sent"), shard: 3 });

  expect([code, stdout]).toEqual([
    0,
    "+ 1, message.sent: shard is not in the schema.\n✓ 1 event, nothing unusual.\n",
  ]);
});

test.each([
  ["", "✗ The body is not JSON.\n"],
  ["{}", "✗ The event has no string `eventId`.\n"],
  ["[]", "! The array is empty; the sender's has at least one event.\n"],
])("%j as a whole is told in one sentence", async (body, sentence) => {
  const { code, stdout } = await validate(body);

  expect([code, stdout]).toEqual([1, sentence]);
});

test("an array of more than 500 is unusual", async () => {
  const { code, stdout } = await validate(Array.from({ length: 1_001 }, () => sample("message.sent")));

  expect([code, stdout]).toEqual([1, expect.stringContaining("has 1,001 events; the sender's has 500")]);
});

test("a file that does not exist is wrong use", async () => {
  const { code, stderr } = await runCli(["validate", "gone.json"], { cwd: "/" });

  expect([code, stderr]).toEqual([2, expect.stringContaining("gone.json cannot be read")]);
});
