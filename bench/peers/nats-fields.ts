/** The client of NATS that publishes under the event's name, with what others look for in headers and the id for the server's own dedupe. */
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect, headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Message } from "../../src/event/message.ts";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

function headersOf({ eventId, entity, revision, occurredAt }: Message): MsgHdrs {
  const fields = headers();
  fields.set("event-id", eventId);
  fields.set("entity", entity);
  fields.set("revision", String(revision));
  fields.set("occurred-at", String(occurredAt));
  return fields;
}

await servePeer(async (url) => {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: benchName,
    subjects: [`${benchName}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Workqueue,
  });
  // Without one, nobody could take what is stored; with one, the server does more for each message.
  await manager.consumers.add(benchName, {
    durable_name: benchName,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: -1,
  });
  const client = jetstream(connection);
  return {
    send: async (messages) => {
      await Promise.all(
        messages.map((message) =>
          client.publish(`${benchName}.${message.name}`, message.body, {
            msgID: message.eventId,
            headers: headersOf(message),
          }),
        ),
      );
    },
  };
});
