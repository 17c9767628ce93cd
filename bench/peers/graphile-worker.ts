/** graphile-worker, with the local queue and the batches that its documentation gives for speed. */
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

const logger = new Logger(() => () => undefined);
const worker = {
  concurrentJobs: 24,
  maxPoolSize: 10,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

await servePeer(async (connectionString) => {
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  return {
    send: async (messages) => {
      await utils.addJobs(
        messages.map(({ body }) => ({
          identifier: benchName,
          payload: { body: Buffer.from(body).toString() },
        })),
      );
    },
    work: async (onDone) => {
      const taskList = { [benchName]: () => undefined };
      const { events } = await run({ connectionString, logger, taskList, preset: { worker } });
      events.on("job:complete", () => onDone(1));
    },
    left: () =>
      utils.withPgClient(async (client) => {
        const { rows } = await client.query("select count(*) as left from graphile_worker.jobs");
        return Number(rows[0].left);
      }),
  };
});
