import { expect, onTestFinished, test, vi } from "vitest";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { PostgresFloors } from "./floors.ts";
import type { PostgresMarks } from "./marks.ts";

const mark = { id: 9, at: 0, server: "one" };
/** The server's answer of a shard that has nothing below the mark. */
const nothing = { rows: [{ shard: 3, id: mark.id, due: 0 }] };

test("what is given back while the server looks for it is above the floor, until it is looked for again", async () => {
  const looking = Promise.withResolvers<void>();
  const found = Promise.withResolvers<typeof nothing>();
  const query = (): typeof found.promise => {
    looking.resolve();
    return found.promise;
  };
  const db = { schema: "hookwell", pool: { query } } as unknown as Postgres;
  const floors = new PostgresFloors(db, { newest: async () => mark } as unknown as PostgresMarks);
  const raising = floors.raise([3], true);
  await looking.promise;

  floors.lower(5);
  found.resolve(nothing);
  await raising;

  expect(floors.of([3])).toEqual([[3], [5], [0], "one"]);
  floors.keep([3]);
  await floors.raise([3], true);
  expect(floors.of([3])).toEqual([[3], [9], [0], "one"]);
});

test("what was found on one server is no floor on another", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const from: unknown[] = [];
  const query = async ({ values }: { readonly values: readonly unknown[] }): Promise<typeof nothing> => {
    // A look that takes this long is not taken again soon.
    vi.advanceTimersByTime(10);
    from.push(values[1]);
    return nothing;
  };
  let server = "one";
  const db = { schema: "hookwell", pool: { query } } as unknown as Postgres;
  const marks = { newest: async () => ({ ...mark, server }) } as unknown as PostgresMarks;
  const floors = new PostgresFloors(db, marks);
  const raise = (): Promise<void> => {
    floors.keep([3]);
    return floors.raise([3], true);
  };

  await raise();
  await raise();
  server = "another";
  await raise();

  expect(from).toEqual([[0], [9], [0]]);
});
