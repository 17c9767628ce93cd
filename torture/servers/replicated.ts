import type { EngineServer } from "./server.ts";

/** One of several servers that are one queue. */
export type Member = Omit<EngineServer, "url">;

export interface Replicas {
  /** Names all of them. */
  readonly url: string;
  /** Whom the next trouble meets. */
  readonly next: () => Promise<Member> | Member;
  /** Resolves when all of them are there, and have what the others have. */
  readonly whole: () => Promise<void>;
  readonly servers: AsyncDisposable;
}

/** Several servers as one: each trouble meets one of them, and is over when all are there again. */
export function replicated({ url, next, whole, servers }: Replicas): EngineServer & AsyncDisposable {
  let victim: Member | undefined;
  const begin = async (trouble: "kill" | "stop" | "pause"): Promise<void> => {
    victim = await next();
    await victim[trouble]();
  };
  const end = async (cure: "start" | "resume"): Promise<void> => {
    await victim?.[cure]();
    await whole();
  };
  return {
    url,
    kill: () => begin("kill"),
    stop: () => begin("stop"),
    pause: () => begin("pause"),
    start: () => end("start"),
    resume: () => end("resume"),
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
}

/** Each of them in turn. */
export function inTurn<T>(all: readonly T[]): () => T {
  let turn = 0;
  return () => {
    const one = all[turn % all.length];
    if (one === undefined) throw new RangeError("There is none.");
    turn += 1;
    return one;
  };
}
