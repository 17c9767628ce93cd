import { Connection } from "rabbitmq-client";
import { AmqpNames } from "../../src/queue/drivers/amqp/topology/names.ts";
import { benchName } from "./names.ts";

/** Deletes every queue that Hookwell and the bare client make. */
export async function clearAmqp(url: string): Promise<void> {
  const connection = new Connection(url);
  const { members, queues, worker } = new AmqpNames("hookwell");
  try {
    for (const queue of [...queues, members, worker, benchName]) await connection.queueDelete(queue);
  } finally {
    await connection.close();
  }
}
