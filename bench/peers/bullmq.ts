/** BullMQ with the client that Hookwell's driver has too. */
import { createNodeRedisClient, Queue, RedisConnection, Worker } from "bullmq";
import { createClient } from "redis";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

/** Its default of 1 would wait for the server after each job. */
const concurrency = 100;

await servePeer(async (url) => {
  const { port } = new URL(url);
  RedisConnection.clientFactory = () => createNodeRedisClient(createClient({ url }));
  const connection = { host: "127.0.0.1", port: Number(port) };
  const queue = new Queue(benchName, { connection });
  await queue.waitUntilReady();
  return {
    send: async (messages) => {
      await queue.addBulk(
        messages.map(({ name, body }) => ({ name, data: { body: Buffer.from(body).toString() } })),
      );
    },
    work: async (onDone) => {
      const worker = new Worker(benchName, async () => undefined, { connection, concurrency });
      worker.on("completed", () => onDone(1));
      worker.on("error", (error) => console.error(error));
      await worker.waitUntilReady();
    },
    left: () => queue.getJobCountByTypes("wait", "active"),
  };
});
