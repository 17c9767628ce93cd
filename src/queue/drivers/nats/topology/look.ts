import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { NotMadeError } from "../../../../lib/engines/not-made.ts";
import { isApiError } from "../errors.ts";
import { natsReport } from "../report.ts";
import { type NatsPlan, noCluster } from "./streams.ts";

/** @throws {NotMadeError} if there is no stream for the events */
export async function assertMade(
  connection: NatsConnection,
  manager: JetStreamManager,
  { name, shown, replicas = 1 }: NatsPlan,
): Promise<void> {
  try {
    await manager.streams.info(name);
  } catch (error) {
    if (!isApiError(error, "streamNotFound")) throw error;
    const { info } = connection;
    throw new NotMadeError({
      part: "queue",
      shown,
      place: `of the name ${name}`,
      check: "account and ?name=",
      report: natsReport({ server: info, stream: undefined, replicas }),
      obstacle: replicas > 1 && info?.cluster === undefined ? noCluster(replicas) : undefined,
    });
  }
}
