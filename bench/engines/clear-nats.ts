import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

/** Deletes every stream. */
export async function clearNats(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    for (const name of await Array.fromAsync(manager.streams.names())) await manager.streams.delete(name);
  } finally {
    await connection.close();
  }
}
