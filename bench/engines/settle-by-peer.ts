import type { Bench } from "../bench.ts";
import type { Engine } from "./engine.ts";
import { PeerProcess } from "./peer-process.ts";

/** Lets some processes of a peer work off what waits in a server, until that has none of it left; events a second. */
export async function settleByPeer(
  { plan }: Bench,
  engine: Engine,
  { program, processes }: { readonly program: string; readonly processes: number },
): Promise<number> {
  await engine.clear();
  const events = plan.shared;
  {
    using filler = await PeerProcess.open(program, engine.url);
    await filler.fill(events);
  }
  using workers = new DisposableStack();
  const peers: PeerProcess[] = [];
  while (peers.length < processes) peers.push(workers.use(await PeerProcess.open(program, engine.url)));
  const startedAt = performance.now();
  await allDone(peers, events);
  await Promise.all(peers.map((peer) => peer.finish()));
  return (events * 1_000) / (performance.now() - startedAt);
}

/** Begins to work, and waits until they have done so many together. */
async function allDone(peers: readonly PeerProcess[], events: number): Promise<void> {
  const done = peers.map(() => 0);
  const end = Promise.withResolvers<void>();
  const working = peers.map((peer, index) =>
    peer.work((count) => {
      done[index] = count;
      if (done.reduce((sum, each) => sum + each) >= events) end.resolve();
    }),
  );
  await Promise.all(working);
  await Promise.race([end.promise, ...peers.map(({ failure }) => failure)]);
}
