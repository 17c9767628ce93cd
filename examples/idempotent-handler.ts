/**
 * A handler that does its work once, however often it runs: the event's id goes into the same transaction as the work.
 * It runs again after a crash, after a failure half-way, and when you replay an event.
 *
 *     hookwell serve --config examples/idempotent-handler.ts
 */
import { DatabaseSync } from "node:sqlite";
import { defineConfig, type HookwellEvent, type UserConfig } from "hookwell";

const shop = new DatabaseSync(process.env["SHOP_DB"] ?? "shop.db");
shop.exec(/* sql */ `
  create table if not exists handled_event (event_id text primary key) without rowid;
  create table if not exists message_count (status text primary key, messages integer not null) without rowid;
`);

const remember = shop.prepare("insert into handled_event (event_id) values (?) on conflict do nothing");
const count = shop.prepare(/* sql */ `
  insert into message_count (status, messages) values (?, 1)
  on conflict (status) do update set messages = messages + 1`);

const config: UserConfig = defineConfig({ handlers: { "message.*": countMessage } });

export default config;

function countMessage({ eventId, name }: HookwellEvent<"message.*">): void {
  shop.exec("begin immediate");
  try {
    const isFirst = remember.run(eventId).changes === 1;
    if (isFirst) count.run(name);
    shop.exec("commit");
  } catch (error) {
    shop.exec("rollback");
    throw error; // It will be tried again.
  }
}
