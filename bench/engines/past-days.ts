import { dayMs, dayName } from "../../src/ledger/drivers/postgres/days/partitions.ts";
import type { LedgerEngine } from "./engine.ts";

/** How far the history reaches back: nearly as long as it is kept by default, so that no day of it is removed meanwhile. */
const days = 28;

/** Puts events into a ledger that were handled in the last four weeks, as many on each day; its tables must be there. */
export async function fillPastDays(ledger: LedgerEngine, events: number): Promise<void> {
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const perDay = Math.ceil(events / days);
  for (let ago = days; ago >= 1; ago -= 1) {
    const from = today - ago * dayMs;
    const partition = `hookwell.${dayName(from)}`;
    await ledger.query(
      `create table ${partition} partition of hookwell.event for values from (${from}) to (${from + dayMs})`,
    );
    await ledger.query(/* sql */ `
      insert into hookwell.event (
          event_id, name, entity, state, revision, occurred_at, received_at, settled_at,
          copy, status, attempts, conflict, counts, attempt_log, body)
        select gen_random_uuid(), 'message.delivered', message, message, 2, at, at, at,
            gen_random_uuid(), 'handled', 1, false, true, '[]', convert_to(repeat('x', 640), 'UTF8')
          from (select 'message:' || gen_random_uuid() as message, ${from} + ${dayMs} / ${perDay} * place as at
                  from generate_series(0::bigint, ${perDay - 1}) place) as past`);
  }
  await ledger.query("vacuum analyze hookwell.event");
  await ledger.query("checkpoint");
}
