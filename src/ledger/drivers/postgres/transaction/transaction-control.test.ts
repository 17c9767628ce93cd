import { expect, test } from "vitest";
import { transactionControlIn } from "./transaction-control.ts";

test.each([
  ["commit", "commit"],
  [" COMMIT AND CHAIN;", "COMMIT"],
  ["commit; begin", "commit"],
  ["select 1; select 2;\nrollback", "rollback"],
  ["/* done */ end -- of it", "end"],
  ["/* all /* of it */ done */ /**/ end", "end"],
  ["select 1 /* a * b / c **/; commit /* it */", "commit"],
  ["abort work", "abort"],
  ["begin isolation level serializable", "begin"],
  ["start  transaction", "start  transaction"],
  ["prepare transaction 'x'", "prepare transaction"],
  ["select 'a''; b'; commit", "commit"],
  [String.raw`select e'\''; commit`, "commit"],
  [String.raw`select 'c:\'; commit`, "commit"],
  ["do $$ begin null; end $$; end", "end"],
  ["select 1 as a$b$; commit; select 2 as a$b$", "commit"],
])("%s ends or begins a transaction", (sql, words) => {
  expect(transactionControlIn(sql)).toBe(words);
});

test.each([
  "insert into begin_end (commit) values ('; commit')",
  `update t set "x; commit" = 1`,
  "select $1::text -- ; commit",
  "/* first;\n commit; */ select 1",
  "/* a; /* b; /* c; */ commit */; commit; */ select 1",
  "/* this /* never ends; */; commit",
  "do $$ begin perform 1; end $$",
  "do $body$ begin perform $$; commit$$; end $body$",
  String.raw`select e'\'; commit'`,
  "savepoint a; rollback to a; rollback work to savepoint a; release a",
  "prepare get as select 1",
  "create function f() returns int begin atomic select 1; end",
  "",
])("%s does not", (sql) => {
  expect(transactionControlIn(sql)).toBeUndefined();
});
