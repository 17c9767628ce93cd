import type { Bench, Findings, Group } from "../bench.ts";
import type { Load } from "../load/job.ts";
import { WrongAnswerError } from "../load/wrong-answer.ts";
import { type Demand, inTurn, measure as measureOnce, perSecond } from "../measure.ts";
import { type Row, row } from "../report/report.ts";
import { bare } from "../servers/bare-server.ts";
import type { Contender } from "../servers/contender.ts";
import { hookwell } from "../servers/hookwell.ts";
import { expressPeer, fastifyPeer, isInstalled, webhookPeer } from "../servers/peers.ts";

export const peers: Group = {
  name: "peers",
  says: "what one would use otherwise, on the same events",
  measure,
};

async function measure(bench: Bench): Promise<Findings> {
  const hasWebhook = await isInstalled("webhook");
  const contenders = [hookwell, fastifyPeer, expressPeer, ...(hasWebhook ? [webhookPeer] : [])];
  const notes = hasWebhook
    ? []
    : ["The program `webhook` is not measured: it is not installed (`apt-get install webhook`)."];
  return {
    rows: [
      ...(await compare(bench, contenders, { connections: 50, batch: 1 })),
      ...(await compare(bench, contenders, { connections: 10, batch: 500 })),
    ],
    notes: [...notes, ...contenders.map(({ name, guarantees }) => `A 200 of ${name} means: ${guarantees}.`)],
  };
}

interface Size {
  readonly connections: number;
  readonly batch: number;
}

/** Measures all of them in turn; one that refuses such requests is shown with its answer. */
async function compare(bench: Bench, contenders: readonly Contender[], size: Size): Promise<readonly Row[]> {
  const { seconds, warmUpSeconds } = bench.plan;
  const rounds = Math.min(3, bench.plan.rounds);
  const demand = { ...size, warmUpSeconds, until: { seconds } };
  const what = size.batch === 1 ? "single events" : `arrays of ${size.batch}`;
  const steps = [bare, ...contenders].map((contender) => [
    contender.name,
    (round: number) => {
      bench.tell(`${contender.name}, ${what}, round ${round} of ${rounds}`);
      return attempt(bench, contender, demand);
    },
  ]);
  const results = await inTurn<string, Load | WrongAnswerError>(rounds, Object.fromEntries(steps));
  const reference = speedsOf(results[bare.name] ?? [], size);
  if (reference instanceof WrongAnswerError) throw reference;
  return contenders.map(({ name }) => toRow(`${name}, ${what}`, results[name] ?? [], size, reference));
}

async function attempt(bench: Bench, contender: Contender, demand: Demand): Promise<Load | WrongAnswerError> {
  try {
    return await measureOnce(bench, contender, demand);
  } catch (error) {
    if (error instanceof WrongAnswerError) return error;
    throw error;
  }
}

function toRow(
  what: string,
  results: readonly (Load | WrongAnswerError)[],
  size: Size,
  reference: readonly number[],
): Row {
  const unit = size.batch === 1 ? "requests/s" : "events/s";
  const speeds = speedsOf(results, size);
  if (speeds instanceof WrongAnswerError) {
    return row("peers", what, unit, [], { note: `refused: ${speeds.status}` });
  }
  return row("peers", what, unit, speeds, { against: { what: "bare", samples: reference } });
}

function speedsOf(
  results: readonly (Load | WrongAnswerError)[],
  { batch }: Size,
): readonly number[] | WrongAnswerError {
  const speeds: number[] = [];
  for (const result of results) {
    if (result instanceof WrongAnswerError) return result;
    speeds.push(perSecond(result) * batch);
  }
  return speeds;
}
