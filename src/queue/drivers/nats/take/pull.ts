import type { Msg } from "@nats-io/transport-node";
import type { Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";

/** Why a consumer hands out nothing more; `full`: it gave all that was asked, and may have more. */
export type Notice = "empty" | "waiting" | "gone" | "refused" | "full";

/** A question to a consumer; the answer goes to `reply`. */
export interface Pull {
  readonly reply: string;
  readonly how: {
    readonly batch: number;
    /** Ends at once if nothing is there. */
    readonly no_wait?: true;
    /** In ns. */
    readonly expires?: number;
    readonly max_bytes?: number;
  };
}

/** The server, and the stream whose consumers are asked. */
export type Asked = Pick<Session, "connection" | "stream" | "api">;

export function pull(
  { connection, stream, api }: Asked,
  { consumer }: NatsShard,
  { reply, how }: Pull,
): void {
  connection.publish(`${api}.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(how), { reply });
}

/** `waiting`: there is a message for which the question had no room; `gone`: the consumer does not exist any more. */
export function noticeOf({ headers }: Msg): Notice {
  const [code, description] = [headers?.code ?? 0, headers?.description ?? ""];
  if (code === 404 || code === 408) return "empty";
  if (code === 409 && /maxbytes/i.test(description)) return "waiting";
  if (code === 409 && /completed/i.test(description)) return "full";
  return code === 503 || (code === 409 && /deleted/i.test(description)) ? "gone" : "refused";
}

/** How many messages a notice says were asked for and not handed out; undefined if it does not say so. */
export function leftOf({ headers }: Msg): number | undefined {
  const left = headers?.get("Nats-Pending-Messages") ?? "";
  return left === "" ? undefined : Number(left);
}
