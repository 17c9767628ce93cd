import { expect, test } from "vitest";
import { startTestApp, testEnv } from "../../../test/support/program/app.ts";
import { type RunningCli, startCli } from "../../../test/support/program/cli.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { mostItems } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import { openLocalApi } from "../../local-api.ts";
import { aMessage } from "../../testing/builders.ts";
import { eventually } from "../../testing/eventually.ts";

/** More than the API gives at a time. */
const events = mostItems + 100;

/** A history that a command lists for a reader who looks at the first lines, and goes on when told to. */
async function aListThatWaits(env: Readonly<Record<string, string>> = {}) {
  const folder = await tempFolder();
  const ledger = await openLedger("sqlite:", folder.path);
  const messages = Array.from({ length: events }, (_, at) => aMessage({ eventId: `e${at}` }));
  await ledger.admit(messages);
  const times = { conflict: false, startedAt: 1, endedAt: 2 };
  await ledger.settle(messages.map((message) => ({ message, outcome: { kind: "handled" }, ...times })));
  await ledger.close();
  const reader = Promise.withResolvers<void>();
  const list: RunningCli = startCli(["events", "--json", "--limit", String(events)], {
    cwd: folder.path,
    env: { ...testEnv(folder.path), ...env },
    openLocalApi,
    room: () => (linesOf(list).length < 10 ? Promise.resolve() : reader.promise),
  });
  await eventually(() => expect(linesOf(list)).toHaveLength(10));
  return {
    data: folder.path,
    readOn: async () => {
      reader.resolve();
      return { code: await list.exit, lines: linesOf(list), stderr: list.stderr() };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const linesOf = (cli: RunningCli): readonly string[] => cli.stdout().match(/.+/g) ?? [];

test("a list that waits for its reader leaves the history to others, and takes it again", async () => {
  await using waiting = await aListThatWaits();

  const other = await eventually(() => openLedger("sqlite:", waiting.data));
  await other.close();

  const { code, lines, stderr } = await waiting.readOn();
  expect([code, new Set(lines).size, stderr]).toEqual([0, events, ""]);
});

test("a list that waits for its reader goes on with the server that was started meanwhile", async () => {
  await using waiting = await aListThatWaits();

  await using app = await startTestApp({ data: waiting.data });

  const { code, lines, stderr } = await waiting.readOn();
  expect([code, new Set(lines).size, stderr]).toEqual([0, events, ""]);
  expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
});

test("a server that was started meanwhile with another token is named", async () => {
  await using waiting = await aListThatWaits({ HOOKWELL_TOKEN: "the token of another server" });

  await using app = await startTestApp({ data: waiting.data });

  const { code, stderr } = await waiting.readOn();
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(`${new URL(app.url).origin} refuses the token`),
  ]);
});

test("a list goes on with a server that has the history and does not answer yet", async () => {
  await using waiting = await aListThatWaits();
  const starting = await eventually(() => openLedger("sqlite:", waiting.data));

  const read = waiting.readOn();
  setTimeout(() => void starting.close(), 2_500);

  const { code, lines, stderr } = await read;
  expect([code, new Set(lines).size, stderr]).toEqual([0, events, ""]);
});
