/** The bare client of Redis: a stream, a pipeline of XADD for each batch, and a wait for the disk behind it. */
import { createClient } from "redis";
import { benchName } from "../engines/names.ts";
import { servePeer } from "../engines/serve-peer.ts";

await servePeer(async (url) => {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  await client.connect();
  return {
    send: async (messages) => {
      // Commands of one turn of the event loop go in one write.
      const added = messages.map(({ body }) =>
        client.sendCommand(["XADD", benchName, "*", "body", body as Buffer]),
      );
      const [[disks]] = await Promise.all([
        client.sendCommand<[number]>(["WAITAOF", "1", "0", "4000"]),
        ...added,
      ]);
      if (disks !== 1) throw new Error("Redis did not write to its disk in time.");
    },
  };
});
