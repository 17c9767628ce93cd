/** The bare client of NATS: a stream on the disk, an answer for each message; acknowledged one by one. */
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

await servePeer(async (url) => {
  const connection = await connect({ servers: url });
  // A server that flushes each acknowledgement by itself takes long to answer behind them.
  const manager = await jetstreamManager(connection, { timeout: 60_000 });
  await manager.streams.add({
    name: benchName,
    subjects: [benchName],
    storage: StorageType.File,
    retention: RetentionPolicy.Workqueue,
  });
  await manager.consumers.add(benchName, {
    durable_name: benchName,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: -1,
  });
  const client = jetstream(connection);
  return {
    send: async (messages) => {
      await Promise.all(messages.map(({ body }) => client.publish(benchName, body)));
    },
    work: async (onDone) => {
      const consumer = await client.consumers.get(benchName, benchName);
      await consumer.consume({
        max_messages: 1_000,
        callback: (message) => {
          message.ack();
          onDone(1);
        },
      });
    },
    left: async () => (await manager.streams.info(benchName)).state.messages,
  };
});
