import { describe, expect, test } from "vitest";
import { folderThatAnswers, startCli } from "../../../test/support/program/cli.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { eventually } from "../../testing/eventually.ts";

const stats = { queue: null, events: { dead: 12_345 }, duplicates: 0, quarantine: 1, secrets: [] };

// The statistics count all, also those that are not meant.
describe.each([
  {
    argv: ["dead-letters", "replay", "--name", "message.*"],
    answer: { matched: 2, replayed: 2 },
    left: "12,345 dead letters left in all",
  },
  {
    argv: ["quarantine", "recheck"],
    answer: { checked: 3, accepted: 2 },
    left: "1 refused request left in all",
  },
])("while Hookwell works for $argv", ({ argv, answer, left }) => {
  /** The command, and what lets the work come to its end. */
  async function begin(columns?: number) {
    const folder = await tempFolder();
    const done = Promise.withResolvers<void>();
    const openLocalApi = folderThatAnswers(async (request) => {
      if (request.method === "GET") return Response.json(stats);
      await done.promise;
      return Response.json(answer);
    });
    const cli = startCli([...argv, "--data", folder.path], {
      cwd: folder.path,
      openLocalApi,
      ...(columns !== undefined && { columns }),
    });
    return { cli, done, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  test("a terminal shows how many are left, until it is done", async () => {
    await using begun = await begin(80);
    const { cli, done } = begun;

    await eventually(() => expect(cli.stderr()).toContain(left));
    done.resolve();

    expect(await cli.exit).toBe(0);
    expect(cli.stderr().endsWith("\r\u001b[2K")).toBe(true);
    expect(cli.stdout()).toContain("✓");
  });

  test("a pipe is told only the end", async () => {
    await using begun = await begin();
    const { cli, done } = begun;

    setTimeout(() => done.resolve(), 1_500);

    expect(await cli.exit).toBe(0);
    expect(cli.stderr()).toBe("");
  });
});
