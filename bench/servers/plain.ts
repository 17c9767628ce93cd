import type { Engine } from "../engines/engine.ts";
import { PeerProcess } from "../engines/peer-process.ts";
import { type Contender, secret, senderSigning } from "./contender.ts";

/** A receiver as one would write it by hand, in front of the client that writes fields, too. */
export const plainOn = ({ name, url }: Engine): Contender => ({
  name: "a receiver written by hand",
  guarantees: "genuine, and in the server, with its fields; in no order across processes",
  path: "/",
  signing: senderSigning,
  expected: () => "",
  start: async () => {
    const peer = await PeerProcess.open(`${name}-fields`, url);
    const port = await peer.receive(secret);
    const end = async (): Promise<void> => peer[Symbol.dispose]();
    return { pid: peer.pid, port, stop: end, kill: end };
  },
});
