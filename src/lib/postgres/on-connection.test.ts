import type { Pool } from "pg";
import { expect, test } from "vitest";
import { inTransaction } from "./on-connection.ts";

/** A pool of one connection, on which this query gets no answer; nor does the rollback behind it. */
function poolWithout(answerTo: string): { readonly pool: Pool; readonly said: unknown[] } {
  const said: unknown[] = [];
  const query = (text: string): Promise<unknown> => {
    said.push(text);
    return text === answerTo || text === "rollback"
      ? Promise.reject(new Error("Query read timeout"))
      : Promise.resolve({ rows: [] });
  };
  const release = (isBroken = false): void => void said.push({ isBroken });
  return { pool: { connect: async () => ({ query, release }) } as unknown as Pool, said };
}

test("a connection whose transaction may still be open is not used again: what comes next would not be kept", async () => {
  const { pool, said } = poolWithout("insert");

  await expect(inTransaction(pool, (client) => client.query("insert"))).rejects.toThrow("timeout");

  expect(said).toEqual(["begin", "insert", "rollback", { isBroken: true }]);
});

test("one whose transaction was committed is", async () => {
  const { pool, said } = poolWithout("nothing");

  await inTransaction(pool, (client) => client.query("insert"));

  expect(said).toEqual(["begin", "insert", "commit", { isBroken: false }]);
});
