import { isRefusal } from "./is-refusal.ts";

export interface Host {
  readonly host: string;
  readonly port: number;
}

/** With which a standby answers who wants to write. */
const standby: readonly unknown[] = ["0A000", "25006"];

/**
 * Servers of which one takes writes at a time. The one that did last is asked first, the others in turn when no connection
 * to it can be made. A server that takes writes and refuses us for another reason is not passed over.
 */
export class Hosts {
  readonly #hosts: readonly Host[];
  #at = 0;

  constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  get current(): Host {
    const [first = { host: "127.0.0.1", port: 5432 }] = this.#hosts;
    return this.#hosts[this.#at] ?? first;
  }

  get count(): number {
    return this.#hosts.length;
  }

  /**
   * @param connect to the current one
   * @throws {Error} what it threw; with several hosts what it threw for each
   */
  async first<T>(connect: () => Promise<T>): Promise<T> {
    const reasons: string[] = [];
    for (;;) {
      const { host, port } = this.current;
      try {
        return await connect();
      } catch (error) {
        if (this.count === 1 || !isElsewhere(error)) throw error;
        reasons.push(`${host}:${port}: ${error instanceof Error ? error.message : String(error)}`);
        // Another call may have gone on already.
        if (this.current.host === host && this.current.port === port) this.#at = (this.#at + 1) % this.count;
        if (reasons.length === this.count) throw new NoHostError(reasons, error);
      }
    }
  }
}

/** Whether another of the hosts may be the one. */
const isElsewhere = (error: unknown): boolean =>
  !isRefusal(error) || ("code" in error && standby.includes(error.code));

class NoHostError extends Error {
  /** Of the last of them, which tells what a person must change. */
  readonly code: unknown;

  constructor(reasons: readonly string[], cause: unknown) {
    super(reasons.join("; "), { cause });
    this.code = (cause as { code?: unknown }).code;
  }
}
