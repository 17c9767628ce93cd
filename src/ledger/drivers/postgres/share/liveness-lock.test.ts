import { EventEmitter } from "node:events";
import type { Client } from "pg";
import { expect, test } from "vitest";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import { LivenessLock } from "./liveness-lock.ts";

/** Lines to a server that answers everything, but for the first of what is refused. */
function theLines({ refused }: { readonly refused?: string } = {}) {
  const lines: EventEmitter[] = [];
  let isRefused = false;
  const query = async (sql: string): Promise<void> => {
    if (refused === undefined || isRefused || !sql.includes(refused)) return;
    isRefused = true;
    throw new Error("refused");
  };
  const connectAlone = async (): Promise<Client> => {
    const line = Object.assign(new EventEmitter(), { query, end: async () => undefined });
    lines.push(line);
    return line as unknown as Client;
  };
  return { lines, liveness: new LivenessLock({ connectAlone } as unknown as Postgres) };
}

const lockOf = (liveness: LivenessLock): Promise<number> =>
  liveness.transaction((_, lock) => Promise.resolve(lock));

test("a line on which the lock was not given is used for nothing else", async () => {
  const { lines, liveness } = theLines({ refused: "pg_advisory_lock" });

  await expect(lockOf(liveness)).rejects.toThrow("refused");
  await lockOf(liveness);

  expect(lines).toHaveLength(2);
});

test("the end of an old line that is heard late costs the new one nothing", async () => {
  const { lines, liveness } = theLines();
  await lockOf(liveness);
  liveness.close();
  const lock = await lockOf(liveness);

  lines[0]?.emit("end");

  expect(await lockOf(liveness)).toBe(lock);
});

test.each(["error", "end"])("a line of which an %s was heard is asked no more", async (sign) => {
  const { lines, liveness } = theLines();
  const lock = await lockOf(liveness);

  lines[0]?.emit(sign, new Error("cut"));

  expect(await lockOf(liveness)).not.toBe(lock);
});
