/** pg-boss, which fetches many jobs at once and marks them completed together. */
import { PgBoss } from "pg-boss";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

/** With its defaults it takes one job each two seconds. */
const options = {
  batchSize: 500,
  burstWhenBatchFull: true,
  localConcurrency: 2,
  pollingIntervalSeconds: 0.5,
};

await servePeer(async (url) => {
  const boss = new PgBoss(url);
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue(benchName);
  return {
    send: async (messages) => {
      await boss.insert(
        benchName,
        messages.map(({ body }) => ({ data: { body: Buffer.from(body).toString() } })),
      );
    },
    work: async (onDone) => {
      await boss.work(benchName, options, async (jobs) => onDone(jobs.length));
    },
    left: async () => {
      const waiting = "select count(*) as left from pgboss.job where name = $1 and state < 'completed'";
      const { rows } = await boss.getDb().executeSql(waiting, [benchName]);
      return Number(rows[0].left);
    },
  };
});
