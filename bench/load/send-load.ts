import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Job, Load, Outcome } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { WrongAnswerError } from "./wrong-answer.ts";

/** Processes that share the connections: one where the server needs the other core, two where there are more. */
export const generatorProcesses: number = availableParallelism() >= 4 ? 2 : 1;

/**
 * Lets other processes do a job, so that making load and measuring do not wait for each other.
 *
 * @throws {WrongAnswerError} if the server answered anything but what was expected
 */
export async function sendLoad(job: Job): Promise<Load> {
  const parts = shared(job, Math.min(generatorProcesses, job.connections));
  const loads = await Promise.all(parts.map((part) => inProcess(part)));
  const latencies = new Latencies();
  for (const load of loads) latencies.add(load.latencies);
  return {
    requests: loads.reduce((sum, { requests }) => sum + requests, 0),
    seconds: Math.max(...loads.map(({ seconds }) => seconds)),
    latencies: latencies.counts,
    generatorShare: Math.max(...loads.map(({ generatorShare }) => generatorShare)),
  };
}

/** The same job in parts that together are as large. */
export function shared(job: Job, parts: number): readonly Job[] {
  const part = (total: number, index: number): number =>
    Math.floor(total / parts) + (index < total % parts ? 1 : 0);
  return Array.from({ length: parts }, (_, index) => ({
    ...job,
    connections: part(job.connections, index),
    rate: job.rate === null ? null : job.rate / parts,
    until: "requests" in job.until ? { requests: part(job.until.requests, index) } : job.until,
  }));
}

async function inProcess(job: Job): Promise<Load> {
  const child = fork(join(import.meta.dirname, "generator.ts"));
  try {
    child.send(job);
    const died = once(child, "exit").then(([code]) => [
      { kind: "failed", why: `It ended with exit code ${code}.` },
    ]);
    const [outcome] = (await Promise.race([once(child, "message"), died])) as [Outcome];
    return loadOf(outcome);
  } finally {
    child.kill("SIGKILL");
  }
}

function loadOf(outcome: Outcome): Load {
  switch (outcome.kind) {
    case "done":
      return outcome.load;
    case "wrong answer":
      throw new WrongAnswerError(outcome.status, outcome.body);
    case "failed":
      throw new Error(`The load generator stopped. ${outcome.why}`);
  }
}
