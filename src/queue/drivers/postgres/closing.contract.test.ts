import { Client } from "pg";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, ownAll } from "../../../testing/queue-driver/harness.ts";
import { openPostgresQueue } from "./queue.ts";

test.skipIf(!(await answers("postgres")))(
  "the queue is free for another history when it is closed, also while somebody has locked its rows",
  async () => {
    await using schema = ownSchema();
    const [one, other] = [
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
    ];
    await one.reserve({ name: "one", isShared: false });
    await one.send([aMessage()]);
    await ownAll(one);
    await collect(one, 1);
    const locking = new Client({ connectionString: engineUrls.postgres });
    await locking.connect();
    await locking.query(`begin; select from ${schema.name}.message for update`);

    await one.close();

    const keptMs = await other.reserve({ name: "other", isShared: false });
    await locking.end();
    expect(keptMs).toBeGreaterThan(0);
    await other.close();
  },
);

test.skipIf(!(await answers("postgres")))(
  "who waits for messages gets an empty list when it is closed, also while the server is asked",
  async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
    await ownAll(queue);
    const locking = new Client({ connectionString: engineUrls.postgres });
    await locking.connect();
    await locking.query(`begin; lock table ${schema.name}.message`);
    const received = queue.receive(1, AbortSignal.timeout(10_000));
    const asks = "select from pg_locks where not granted and relation = $1::regclass";
    await eventually(async () => {
      expect((await locking.query(asks, [`${schema.name}.message`])).rowCount).toBeGreaterThan(0);
    });

    const closed = queue.close();
    await locking.end();

    await expect(received).resolves.toEqual([]);
    await closed;
  },
);

test.skipIf(!(await answers("postgres")))("nothing is left on the server of who has closed", async () => {
  await using schema = ownSchema();
  const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
  await ownAll(queue);
  await queue.reserve({ name: "one", isShared: false });
  const consumers = `select from ${schema.name}.consumer union all select from ${schema.name}.reservation`;
  expect(await schema.query(consumers)).toHaveLength(2);

  await queue.close();

  expect(await schema.query(consumers)).toEqual([]);
});

test.skipIf(!(await answers("postgres")))(
  "what another history has by now stays when one is closed",
  async () => {
    await using schema = ownSchema();
    const queue = await openPostgresQueue(schema.url, { leaseMs: 30_000 });
    await queue.reserve({ name: "one", isShared: false });
    await schema.query(`update ${schema.name}.reservation set owner = 'another'`);

    await queue.close();

    expect(await schema.query(`select owner from ${schema.name}.reservation`)).toEqual([
      { owner: "another" },
    ]);
  },
);
