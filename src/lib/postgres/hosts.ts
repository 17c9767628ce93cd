import { addressOf, type EngineHost } from "../engines/engine-host.ts";
import { errorText, isError } from "../is-error.ts";

export interface Host extends EngineHost {
  /** False for a folder of sockets, where there is no TLS. */
  readonly ssl?: false;
}

const here: Host = { host: "127.0.0.1", port: 5432 };

/** Hosts by URL, so that all pools of a process use the same server, even if an old one still takes writes as well. */
const known = new Map<string, Hosts>();

/**
 * Servers, one of which takes writes at a time. The one that last did is asked first; if no connection to it can be
 * made, the others in turn. The reason does not matter, since a server that refuses us may be a standby with another
 * `pg_hba.conf`.
 */
export class Hosts {
  readonly #hosts: readonly Host[];
  /** Errors and the hosts that they are about: by the time an error is handled, another host may be the current one. */
  readonly #failed = new WeakMap<WeakKey, Host>();
  /** What was last heard of each, by whichever call. */
  readonly #heard = new Map<Host, unknown>();
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

  /**
   * No connection to this host could be made: from now on the next one is asked, unless somebody has gone on already.
   */
  passOver(host: Host, error: unknown): void {
    if (isError(error)) this.#failed.set(error, host);
    this.#heard.set(host, error);
    if (this.current === host) this.#at = (this.#at + 1) % this.count;
  }

  /**
   * @param connect connects to the current host, and calls `passOver` if that fails
   * @throws {Error} what it threw; with several hosts a `NoHostError` of what it threw for each
   */
  async first<T>(connect: () => Promise<T>): Promise<T> {
    const errors = new Map<Host, unknown>();
    // Others pass over hosts, too, even if only their login is refused: so a host may come twice before each came once.
    for (let tries = 1; ; tries += 1) {
      try {
        return await connect();
      } catch (error) {
        const host = isError(error) ? this.#failed.get(error) : undefined;
        // An error without a host is, for instance, a wait for a connection that others have.
        if (host === undefined || this.count === 1) throw error;
        errors.set(host, error);
        if (errors.size === this.count || tries === 2 * this.count) throw this.#noHost(errors);
      }
    }
  }

  /** A host that the call itself did not come to has been passed over by others since it began. */
  #noHost(errors: ReadonlyMap<Host, unknown>): NoHostError {
    const all = new Map([...this.#heard, ...errors]);
    return new NoHostError(this.#hosts.map((host) => ({ host: addressOf(host), error: all.get(host) })));
  }
}

export interface HostFailure {
  /** With its port, for people. */
  readonly host: string;
  readonly error: unknown;
}

/** None of several hosts takes writes. */
export class NoHostError extends Error {
  /** In the order of the URL. */
  readonly failures: readonly HostFailure[];

  constructor(failures: readonly HostFailure[]) {
    super(failures.map(({ host, error }) => `${host}: ${errorText(error)}`).join("; "));
    this.failures = failures;
  }
}
