import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSandbox } from "hookwell/sandbox";
import { expect, test } from "vitest";
import { usualScript } from "../../src/sandbox/lives/message-script.ts";
import { serveSandbox } from "../../src/sandbox/rest/serve-sandbox.ts";
import { root, start, startBuilt } from "../support/program/built.ts";
import { clientOf, testSecret, testToken } from "../support/program/client.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A Hookwell and a sandbox that do not know each other yet, and the values of the examples' variables for them. */
async function startBoth() {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await tempFolder());
  const hookwell = started.use(
    await startBuilt(folder.path, { HOOKWELL_SECRET: testSecret, HOOKWELL_TOKEN: testToken }),
  );
  const sandbox = started.use(createSandbox({ script: usualScript }));
  const { url } = started.use(await serveSandbox(sandbox));
  const variables = {
    api: url,
    webhook: hookwell.url,
    secret: testSecret,
    hookwell: hookwell.url.replace(/\/$/, ""),
    hookwellToken: testToken,
  };
  const all = started.move();
  return {
    folder: folder.path,
    variables,
    events: async () => [...(await clientOf(hookwell.url).events()).values()].map(({ name }) => name),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const example = (name: string): string => join(root, "examples/tutorial", name);
const tool = (name: string): string => join(root, "node_modules/.bin", name);

test("httpYac runs the first calls to the sender", async () => {
  await using both = await startBoth();
  const text = await readFile(example("sender.http"), "utf8");
  const file = join(both.folder, "sender.http");
  await writeFile(
    file,
    Object.entries(both.variables).reduce(
      (changed, [name, value]) => changed.replace(new RegExp(`^@${name} = .*$`, "m"), `@${name} = ${value}`),
      text,
    ),
  );

  await using run = await start(tool("httpyac"), ["send", file, "--all", "--no-color"], { cwd: both.folder });

  expect({ code: await run.exited, lines: run.lines }).toMatchObject({ code: 0 });
  expect(run.lines).toContainEqual(expect.stringMatching(/5 requests processed \(5 succeeded\)/));
  await expect.poll(both.events).toContain("message.sent");
});

test("Newman runs the same calls as a Postman collection", async () => {
  await using both = await startBoth();
  const collection = example("sender.postman_collection.json");
  const variables = Object.entries(both.variables).flatMap(([name, value]) => [
    "--env-var",
    `${name}=${value}`,
  ]);

  await using run = await start(
    tool("newman"),
    ["run", collection, "--timeout", "60000", "--color", "off", ...variables],
    { cwd: both.folder },
  );

  expect({ code: await run.exited, lines: run.lines }).toMatchObject({ code: 0 });
  expect(run.lines).toContainEqual(expect.stringContaining("message.sent has arrived"));
});
