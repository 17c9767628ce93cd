import { expect, test } from "vitest";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { PostgresMarks } from "./marks.ts";

test("a mark is not passed while somebody writes below it who began right after the first question", async () => {
  let asked = 0;
  const query = async ({
    name,
  }: {
    readonly name: string;
  }): Promise<{ readonly rows: readonly object[] }> => {
    const hasBegun = asked > 0;
    asked += 1;
    if (name === "mark") return { rows: [{ id: hasBegun ? 3 : 1, at: 0, server: "one" }] };
    return { rows: hasBegun ? [{ virtualtransaction: "7/7" }] : [] };
  };
  const marks = new PostgresMarks({ schema: "hookwell", pool: { query } } as unknown as Postgres);

  expect(await marks.newest()).toBeUndefined();
});

test("a mark is passed when those have ended who wrote when it was taken, whoever writes now", async () => {
  let [drawn, writer] = [0, 0];
  const query = async ({ name }: { readonly name: string }): Promise<{ readonly rows: readonly object[] }> =>
    name === "mark"
      ? { rows: [{ id: (drawn += 1), at: 0, server: "one" }] }
      : { rows: [{ virtualtransaction: `7/${(writer += 1)}` }] };
  const marks = new PostgresMarks({ schema: "hookwell", pool: { query } } as unknown as Postgres);

  expect(await marks.newest()).toMatchObject({ id: 1 });
});
