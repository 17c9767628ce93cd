import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/engines.ts";
import { lossyProxy } from "../../../../test/support/lossy-proxy.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { assertStats, process } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

test.skipIf(!(await answers("postgres")))(
  "a repeat is counted once, also if the answer to that was lost",
  { timeout: 30_000 },
  async () => {
    await using schema = ownSchema();
    await using proxy = await lossyProxy(Number(new URL(engineUrls.postgres).port));
    const way = new URL(schema.url);
    way.port = String(proxy.port);
    const ledger = await openPostgresLedger(way.href);
    await ledger.share(1);
    const message = aMessage();
    await process(ledger, message);
    const { name, query } = schema;
    await query(`create function ${name}.dawdle() returns trigger language plpgsql as $$
      begin perform pg_sleep(1); return null; end $$;
      create constraint trigger dawdle after update on ${name}.event_total deferrable initially deferred
        for each row when (old.duplicates <> new.duplicates) execute function ${name}.dawdle()`);
    const repeat = { ...message, copy: "sent again" };

    const lost = ledger.admit([repeat]);
    const committing = "select from pg_stat_activity where query = 'commit' and wait_event = 'PgSleep'";
    await Promise.all([
      expect(lost).rejects.toThrow(/Unavailable|PostgreSQL/),
      eventually(async () => expect(await query(committing)).toHaveLength(1)).then(() => proxy.loseAnswers()),
    ]);
    await eventually(async () => expect(await query(committing)).toEqual([]));
    proxy.heal();

    expect(await eventually(() => ledger.admit([repeat]), 10_000)).toEqual([{ kind: "duplicate" }]);
    expect(await ledger.get(message.eventId)).toMatchObject({ deliveries: 2 });
    await assertStats(ledger, { handled: 1, duplicates: 1 });
    await ledger.close();
  },
);
