import { createClient } from "redis";
import type { Message } from "../../src/event/message.ts";
import { benchName } from "./names.ts";
import { servePeer } from "./serve-peer.ts";

/** A client of Redis: a stream, a pipeline of XADD for each batch, and a wait for the disk behind it. */
export async function serveRedis(
  fieldsOf: (message: Message) => readonly (string | Buffer)[],
): Promise<void> {
  await servePeer(async (url) => {
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    client.on("error", () => undefined);
    await client.connect();
    return {
      send: async (messages) => {
        // Commands of one turn of the event loop go in one write.
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
}
