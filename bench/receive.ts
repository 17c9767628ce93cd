import autocannon from "autocannon";
import { signedBodies, type SignedBody } from "./bodies.ts";
import { secret, startBare, startHookwell, type Contender } from "./servers.ts";
import { median } from "./numbers.ts";

export interface ReceiveRow {
  readonly what: string;
  readonly bare: number;
  readonly hookwell: number;
  readonly ratios: readonly number[];
  /** Of Hookwell's answers under full load, in ms. */
  readonly p50: number;
  readonly p99: number;
}

interface Load {
  readonly connections: number;
  readonly batch: number;
  readonly seconds: number;
}

/** Events per second through both servers, in turn, and their ratio for each pair of runs. */
export async function measureReceiving(load: Load, rounds: number): Promise<ReceiveRow> {
  // The receiver knows no duplicates, so bodies may be sent again; making each anew would measure the generator.
  const bodies = signedBodies(load.batch === 1 ? 300 : 20, load.batch, secret);
  const pairs: { bare: Run; hookwell: Run }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    pairs.push({
      bare: await runOn(startBare, bodies, load),
      hookwell: await runOn(startHookwell, bodies, load),
    });
  }
  return {
    what: `batches of ${load.batch}, ${load.connections} connections`,
    bare: median(pairs.map(({ bare }) => bare.eventsPerSecond)),
    hookwell: median(pairs.map(({ hookwell }) => hookwell.eventsPerSecond)),
    ratios: pairs.map(({ bare, hookwell }) => hookwell.eventsPerSecond / bare.eventsPerSecond),
    p50: median(pairs.map(({ hookwell }) => hookwell.p50)),
    p99: median(pairs.map(({ hookwell }) => hookwell.p99)),
  };
}

interface Run {
  readonly eventsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function runOn(
  start: () => Promise<Contender>,
  bodies: readonly SignedBody[],
  load: Load,
): Promise<Run> {
  const contender = await start();
  try {
    await cannon(contender.url, bodies, { ...load, seconds: 1 }); // Warm-up, not counted.
    return await cannon(contender.url, bodies, load);
  } finally {
    await contender.stop();
  }
}

async function cannon(url: string, bodies: readonly SignedBody[], load: Load): Promise<Run> {
  const result = await autocannon({
    url,
    connections: load.connections,
    duration: load.seconds,
    method: "POST",
    requests: bodies.map(({ body, signature }) => ({ body, headers: { "x-comapi-signature": signature } })),
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers other than 2xx, ${result.errors} errors.`);
  }
  return {
    eventsPerSecond: (result["2xx"] / result.duration) * load.batch,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}
