import { isRefusal } from "./is-refusal.ts";

export interface Host {
  readonly host: string;
  readonly port: number;
}

const here: Host = { host: "127.0.0.1", port: 5432 };

/** With which a standby answers who wants to write; or one of which others have all connections, before it can say so. */
const elsewhere: readonly unknown[] = ["0A000", "25006", "53300"];

/** All pools of a process go to the same server: else half of the work would be on an old one that takes writes, too. */
const known = new Map<string, Hosts>();

/**
 * Servers of which one takes writes at a time. The one that did last is asked first, the others in turn when no connection
 * to it can be made. A server that takes writes and refuses us for another reason is not passed over.
 */
export class Hosts {
  readonly #hosts: readonly Host[];
  #at = 0;

  private constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  static of(hosts: readonly Host[]): Hosts {
    const key = JSON.stringify(hosts);
    const found = known.get(key) ?? new Hosts(hosts);
    known.set(key, found);
    return found;
  }

  get current(): Host {
    return this.#hosts[this.#at] ?? here;
  }

  get count(): number {
    return this.#hosts.length;
  }

  /** The next one is asked from now on, if no connection to this one could be made, and nobody has gone on already. */
  passOver(host: Host, error: unknown): void {
    if (this.current === host && isElsewhere(error)) this.#at = (this.#at + 1) % this.count;
  }

  /**
   * @param connect to the current one
   * @throws {Error} what it threw; with several hosts what it threw for each
   */
  async first<T>(connect: () => Promise<T>): Promise<T> {
    const failures: HostFailure[] = [];
    for (;;) {
      const host = this.current;
      try {
        return await connect();
      } catch (error) {
        if (this.count === 1 || !isElsewhere(error)) throw error;
        failures.push({ host, error });
        this.passOver(host, error);
        if (failures.length === this.count) throw new NoHostError(failures);
      }
    }
  }
}

interface HostFailure {
  readonly host: Host;
  readonly error: unknown;
}

/** Whether another of the hosts may be the one. */
const isElsewhere = (error: unknown): boolean =>
  !isRefusal(error) || ("code" in error && elsewhere.includes(error.code));

class NoHostError extends Error {
  /** Of a server that has answered, if there is one: it tells more than that others are away. */
  readonly code: unknown;

  constructor(failures: readonly HostFailure[]) {
    super(failures.map(({ host, error }) => `${host.host}:${host.port}: ${messageOf(error)}`).join("; "));
    const errors = failures.map(({ error }) => error as { readonly code?: unknown });
    this.code = (errors.find(isRefusal) ?? errors.at(-1))?.code;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
