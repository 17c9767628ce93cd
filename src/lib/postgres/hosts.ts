export interface Host {
  readonly host: string;
  readonly port: number;
}

const here: Host = { host: "127.0.0.1", port: 5432 };

/** All pools of a process go to the same server: else half of the work would be on an old one that takes writes, too. */
const known = new Map<string, Hosts>();

/**
 * Servers of which one takes writes at a time. The one that did last is asked first, the others in turn when no connection
 * to it can be made: for whatever reason, since one that only refuses us may be a standby with another `pg_hba.conf`.
 */
export class Hosts {
  readonly #hosts: readonly Host[];
  /** Who waits behind others may be told of a host that is not the current one any more. */
  readonly #failed = new WeakMap<WeakKey, Host>();
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
    if (error instanceof Error) this.#failed.set(error, host);
    if (this.current === host) this.#at = (this.#at + 1) % this.count;
  }

  /**
   * @param connect to the current one
   * @throws {Error} what it threw; with several hosts a `NoHostError` of what it threw for each
   */
  async first<T>(connect: () => Promise<T>): Promise<T> {
    const failures: HostFailure[] = [];
    for (;;) {
      const asked = this.current;
      try {
        return await connect();
      } catch (error) {
        if (this.count === 1) throw error;
        const host = (error instanceof Error && this.#failed.get(error)) || asked;
        failures.push({ host: nameOf(host), error });
        this.passOver(host, error);
        if (failures.length === this.count) throw new NoHostError(failures);
      }
    }
  }
}

/** With its port, for people. */
export const nameOf = ({ host, port }: Host): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

export interface HostFailure {
  /** With its port, for people. */
  readonly host: string;
  readonly error: unknown;
}

/** None of several hosts takes writes. */
export class NoHostError extends Error {
  readonly failures: readonly HostFailure[];

  constructor(failures: readonly HostFailure[]) {
    super(failures.map(({ host, error }) => `${host}: ${messageOf(error)}`).join("; "));
    this.failures = failures;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
