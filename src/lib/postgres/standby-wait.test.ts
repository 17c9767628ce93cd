import { expect, test } from "vitest";
import type { Postgres } from "./postgres.ts";
import { StandbyWait } from "./standby-wait.ts";

/** A server whose oldest commit has waited for a standby for so long, in ms; null if none waits. */
function waiting(ms: number | null) {
  const server = { ms, asked: 0 };
  const query = async (text: string) => {
    if (text.includes("SyncRep")) server.asked += 1;
    return { rows: [{ ms: server.ms }] };
  };
  const client = { query, release: () => undefined };
  const wait = new StandbyWait({ pool: { connect: async () => client } } as unknown as Postgres);
  return { server, wait };
}

test("the server is not asked for commits that wait before a call was not answered", async () => {
  const { server, wait } = waiting(10_000);

  expect(await wait.lasts()).toBe(false);

  expect(server.asked).toBe(0);
});

// Commits wait for a moment for a standby that is there, too.
test.for([null, 1_000])("a commit that has waited for %s ms keeps nobody from writing", async (ms) => {
  const { server, wait } = waiting(ms);
  wait.doubt();

  expect(await wait.lasts()).toBe(false);

  server.asked = 0;
  expect(await wait.lasts()).toBe(false);
  expect(server.asked).toBe(0);
});

test("the server is asked again for as long as a commit waits", async () => {
  const { server, wait } = waiting(5_000);
  wait.doubt();

  expect([await wait.lasts(), await wait.lasts()]).toEqual([true, true]);

  server.ms = null;
  expect(await wait.lasts()).toBe(false);
});
