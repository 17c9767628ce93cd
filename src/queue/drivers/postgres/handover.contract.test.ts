import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, never, textsOf } from "../../../testing/queue-driver/harness.ts";
import { allShards } from "./store.ts";
import { openPostgresQueue } from "./queue.ts";

test.skipIf(!(await answers("postgres")))(
  "a hand-out that the server is slow with keeps nothing from the worker that has the shards next",
  async () => {
    await using schema = ownSchema();
    const [one, next] = [
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
    ];
    await one.own(allShards);
    await one.receive(1, AbortSignal.timeout(100));
    const slow = new Client({ connectionString: engineUrls.postgres });
    await slow.connect();
    await slow.query(`begin; select from ${schema.name}.consumer for update`);
    await next.send(messages("message", 2));
    const receiving = one.receive(10, never);
    await eventually(async () => {
      const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";
      expect(await schema.query(waiting, [`%${schema.name}%`])).toHaveLength(1);
    });

    const handover = one.own([]).then(() => next.own(allShards));
    await sleep(300);
    await slow.query("commit");
    await handover;

    expect(textsOf(await collect(next, 2, { withinMs: 3_000 }))).toEqual(["message 0", "message 1"]);
    expect(await receiving).toEqual([]);
    await Promise.all([slow.end(), one.close(), next.close()]);
  },
);
