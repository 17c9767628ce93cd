/** The client of Redis that also writes what others look for, each in a field of its own. */
import { createClient } from "redis";
import type { Message } from "../../src/event/message.ts";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

function fieldsOf({ name, eventId, entity, revision, occurredAt, body }: Message): (string | Buffer)[] {
  const about = ["event", name, "eventId", eventId, "entity", entity];
  return [...about, "revision", String(revision), "occurredAt", String(occurredAt), "body", body as Buffer];
}

await servePeer(async (url) => {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  await client.connect();
  return {
    send: async (messages) => {
      const added = messages.map((message) =>
        client.sendCommand(["XADD", benchName, "*", ...fieldsOf(message)]),
      );
      const [[disks]] = await Promise.all([
        client.sendCommand<[number]>(["WAITAOF", "1", "0", "4000"]),
        ...added,
      ]);
      if (disks !== 1) throw new Error("Redis did not write to its disk in time.");
    },
  };
});
