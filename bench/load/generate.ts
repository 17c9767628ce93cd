import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import { Connection } from "./connection.ts";
import { draftsOf } from "./draft.ts";
import type { Job, Load } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { fullPace, type Pace, steadyPace } from "./pace.ts";
import { RequestStream } from "./request-stream.ts";
import { WrongAnswerError } from "./wrong-answer.ts";

/** A connection, the requests that it sends, and when the one under way was to begin. */
interface Lane {
  readonly connection: Connection;
  readonly stream: RequestStream;
  dueAt: number;
}

/**
 * Sends what a job says and checks every answer.
 *
 * @throws {WrongAnswerError} at the first answer that is not the expected one
 * @throws {Error} at a connection that is lost
 */
export async function generate(job: Job): Promise<Load> {
  const end = Promise.withResolvers<void>();
  const latencies = new Latencies();
  const limit = "requests" in job.until ? job.until.requests : Number.POSITIVE_INFINITY;
  let begun = 0;
  let answered = 0;
  let counting = false;

  const begin = (lane: Lane, dueAt: number): void => {
    if (begun === limit) return;
    begun += 1;
    lane.dueAt = dueAt;
    lane.connection.send(lane.stream.next());
  };
  const onAnswer = (lane: Lane, answer: Answer): void => {
    if (!isRight(answer, job)) return end.reject(new WrongAnswerError(answer.status, answer.body));
    if (counting) latencies.record(performance.now() - lane.dueAt);
    answered += 1;
    if (answered === limit) end.resolve();
    else pace.free(lane);
  };
  const lanes = openLanes(job, onAnswer, (why) => end.reject(new Error(why)));
  await Promise.race([Promise.all(lanes.map(({ connection }) => connection.opened)), end.promise]);
  const pace: Pace<Lane> = job.rate === null ? fullPace(begin) : steadyPace(job.rate, begin);
  for (const lane of lanes) pace.free(lane);

  if (job.warmUpSeconds > 0) await Promise.race([sleep(job.warmUpSeconds * 1_000), end.promise]);
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  counting = true;
  await ("seconds" in job.until
    ? Promise.race([sleep(job.until.seconds * 1_000), end.promise])
    : end.promise);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  pace.stop();
  for (const { connection } of lanes) connection.close();
  return {
    requests: latencies.size,
    seconds: ms / 1_000,
    latencies: latencies.counts,
    generatorShare: (user + system) / 1_000 / ms,
  };
}

function openLanes(
  job: Job,
  onAnswer: (lane: Lane, answer: Answer) => void,
  onLost: (why: string) => void,
): readonly Lane[] {
  const drafts = draftsOf(job);
  return Array.from({ length: job.connections }, () => {
    const connection: Connection = new Connection(job.port, {
      onAnswer: (answer) => onAnswer(lane, answer),
      onLost,
    });
    const lane: Lane = { connection, stream: new RequestStream(drafts, job.signing), dueAt: 0 };
    return lane;
  });
}

function isRight({ status, body }: Answer, { expected }: Job): boolean {
  return status === 200 && (expected === null || body === expected);
}
