/**
 * The configuration file of the programs under torture: one handler that keeps a journal and misbehaves by a menu.
 *
 * TORTURE_JOURNAL: file of the journal. TORTURE_GENERATION: number of this start. TORTURE_MENU: JSON of a `Menu`.
 * TORTURE_EFFECTS: yes: the handler writes a row in the transaction of its event. TORTURE_MENDED: a file; while it is there, handlers that never worked do.
 */
import { existsSync, openSync, writeSync } from "node:fs";
import type { UserConfig } from "../../src/config/define-config.ts";
import { sharedNow, toLine } from "../../test/support/program/journal.ts";
import { journaling } from "../../test/support/program/journaling.ts";
import type { Menu } from "./behaviour.ts";
import { behave } from "./misbehave.ts";

const { env } = process;
// A torture that dies takes its programs with it.
process.stdin.on("end", () => process.exit(1)).resume();

const file = openSync(env["TORTURE_JOURNAL"] ?? "", "a");
const menu = JSON.parse(env["TORTURE_MENU"] ?? "") as Menu;
const mended = env["TORTURE_MENDED"] ?? "";

const generation = Number(env["TORTURE_GENERATION"]);

const handler = journaling(
  generation,
  (entry) => void writeSync(file, toLine(entry)),
  async ({ eventId }, { attempt, tx }) => {
    if (env["TORTURE_EFFECTS"] === "yes") {
      const client = await tx();
      // As a unique index would do: whoever writes the same row waits for this transaction.
      await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [eventId]);
      await client.query("insert into public.effect values ($1, $2, $3)", [eventId, generation, sharedNow()]);
    }
    await behave(menu, eventId, attempt, existsSync(mended));
  },
);
const config: UserConfig = { handlers: { "*": handler } };

export default config;
