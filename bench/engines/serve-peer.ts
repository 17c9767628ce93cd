import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Request, Sender, Worker } from "./peer.ts";
import { receivePlainly } from "./plain-receiver.ts";
import { fillWith, publish } from "./publish.ts";

/** How often a peer tells how much is done, and asks what is left, in ms. */
const tellMs = 20;

/** The whole of a peer's process: opens a client of the engine in its first argument, and does what its parent asks. */
export async function servePeer(open: (url: string) => Promise<Sender | Worker>): Promise<void> {
  // Then nobody is left who could ask.
  process.once("disconnect", () => process.exit());
  try {
    const peer = await open(process.argv[2] ?? "");
    process.on("message", (request: Request) => void answer(peer, request).catch(fail));
    tell({ kind: "open" });
  } catch (error) {
    fail(error);
  }
}

async function answer(peer: Sender | Worker, request: Request): Promise<void> {
  switch (request.kind) {
    case "publish":
      tell({ kind: "published", perSecond: await publish(peer, request.job) });
      return;
    case "receive":
      tell({ kind: "receiving", port: await receivePlainly(peer, request.secret) });
      return;
    case "fill":
      await fillWith(peer, request.events);
      tell({ kind: "filled" });
      return;
    case "work":
      await workerOf(peer).work(counting());
      tell({ kind: "working" });
      return;
    case "finish":
      while ((await workerOf(peer).left()) > 0) await sleep(tellMs);
      tell({ kind: "finished" });
  }
}

function workerOf(peer: Sender | Worker): Worker {
  if (!("work" in peer)) throw new Error("This peer only sends.");
  return peer;
}

/** Tells the sum now and then, so that telling is not what takes the time. */
function counting(): (count: number) => void {
  let [events, told] = [0, 0];
  setInterval(() => {
    if (events > told) tell({ kind: "done", events });
    told = events;
  }, tellMs);
  return (count) => {
    events += count;
  };
}

function tell(said: Answer): void {
  process.send?.(said);
}

function fail(error: unknown): void {
  tell({ kind: "failed", why: Error.isError(error) ? (error.stack ?? error.message) : String(error) });
}
