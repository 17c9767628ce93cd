import { errorText, isError } from "../is-error.ts";

export interface Host {
  readonly host: string;
  readonly port: number;
  /** A folder of sockets speaks no TLS. */
  readonly ssl?: false;
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
  /** Of which host an error is: by the time it is told, another may be the current one. */
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

  /** No connection to this one could be made: the next one is asked from now on, if nobody has gone on already. */
  passOver(host: Host, error: unknown): void {
    if (isError(error)) this.#failed.set(error, host);
    if (this.current === host) this.#at = (this.#at + 1) % this.count;
  }

  /**
   * @param connect to the current one, which it passes over if it fails
   * @throws {Error} what it threw; with several hosts a `NoHostError` of what it threw for each
   */
  async first<T>(connect: () => Promise<T>): Promise<T> {
    const errors = new Map<Host, unknown>();
    // Others go on, too, also such as are refused with another login: one host may come twice before each has come once.
    for (let tries = 1; ; tries += 1) {
      try {
        return await connect();
      } catch (error) {
        const host = isError(error) ? this.#failed.get(error) : undefined;
        // Such as the wait for a connection of others, which is of no host.
        if (host === undefined || this.count === 1) throw error;
        errors.set(host, error);
        if (errors.size === this.count || tries === 2 * this.count) throw this.#noHost(errors);
      }
    }
  }

  #noHost(errors: ReadonlyMap<Host, unknown>): NoHostError {
    const asked = this.#hosts.filter((host) => errors.has(host));
    const failures = asked.map((host) => ({ host: nameOf(host), error: errors.get(host) }));
    return new NoHostError(failures, { isOfAll: asked.length === this.count });
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
  /** In the order of the URL. */
  readonly failures: readonly HostFailure[];
  readonly isOfAll: boolean;

  constructor(failures: readonly HostFailure[], { isOfAll }: { readonly isOfAll: boolean }) {
    super(failures.map(({ host, error }) => `${host}: ${errorText(error)}`).join("; "));
    this.failures = failures;
    this.isOfAll = isOfAll;
  }
}
