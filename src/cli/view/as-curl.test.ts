import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createTestKit } from "../../kit/create-test-kit.ts";
import { asCurl } from "./as-curl.ts";
import { received } from "../../../test/support/program/received.ts";

/** Everything that a shell, `printf` or a terminal could take for something else. */
const bodies = [
  `{"eventId":"e1","name":"message.sent","payload":{"t":"it's $HOME, \`id\` \\\\ \\u001b %s %% !"}}`,
  `{"eventId":"e2",\n\t"name":"message.read", "n":12345678901234567890}`,
  `{"eventId":"e3","name":"message.read","t":"\u009b2J\u202e 'q' 100% \\n é"}`,
];

test("a script posts the exact bytes, in order and signed", async () => {
  const texts: string[] = [];
  await using kit = await createTestKit({
    secret: "it's $1",
    handlers: { "*": ({ text }) => void texts.push(text) },
  });
  const url = await kit.listen();
  const script = asCurl(bodies.map((body) => received(body)));

  const env = { ...process.env, HOOKWELL_SECRET: kit.secret };
  const { stdout } = await promisify(execFile)("sh", ["-euc", script, "it.sh", url], { env });
  await kit.settled();

  expect(stdout).toBe('{"accepted":1}\n'.repeat(3));
  expect(texts).toEqual(bodies);
});

test("a script without a secret posts nothing", async () => {
  await using kit = await createTestKit();
  const url = await kit.listen();
  const { HOOKWELL_SECRET: _, ...env } = process.env;

  const run = promisify(execFile)("sh", ["-c", asCurl([received(bodies[0] ?? "")]), "it.sh", url], { env });

  await expect(run).rejects.toMatchObject({
    stdout: "",
    stderr: expect.stringContaining("HOOKWELL_SECRET: set it to the secret of the receiver") as string,
  });
});

test("a script has nothing in it that acts on a terminal", () => {
  const script = asCurl([received(bodies[2] ?? "", { name: "m\u009b2J" })]);

  expect(script).toMatch(/^[\n -~]+$/);
  expect(script).toContain(String.raw`# m\u009b2J, received 2026-11-24T12:00:00.000Z`);
});
