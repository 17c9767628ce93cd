import { isDeepStrictEqual } from "node:util";
import type { Secret } from "../../event/signature.ts";
import { errorFields, type Log } from "../../log.ts";
import type { WrittenSecret } from "./secret-settings.ts";
import { activeSecrets, createFirstSecret } from "./secrets.ts";

/** How often the data folder is read again, in ms; a rotation takes this long to reach a running receiver. */
export const lookMs = 2_000;

export interface SecretRingOptions {
  /** Absolute path of the data folder. */
  readonly data: string;
  /** From environment and configuration file. */
  readonly secrets: readonly WrittenSecret[];
}

/**
 * The secrets in force. Those of the data folder, and those in files of their own, may change while Hookwell runs, so
 * that a rotation needs no restart; while they cannot be read, the known ones stay in force.
 */
export class SecretRing {
  readonly #options: SecretRingOptions;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #active: readonly Secret[];
  /** How many looks have begun, and which of them found what is in force: an earlier one may end later. */
  #begun = 0;
  #taken = 0;
  /** Why the last look failed, as it was logged; undefined if it did not. */
  #trouble: unknown;

  private constructor(options: SecretRingOptions, log: Log, active: readonly Secret[]) {
    this.#options = options;
    this.#log = log;
    this.#active = active;
    this.#timer = setInterval(() => void this.look(), lookMs).unref();
  }

  /** @throws {ConfigError} if the data folder or its file of secrets cannot be used */
  static async open(options: SecretRingOptions, log: Log): Promise<SecretRing> {
    return new SecretRing(options, log, await activeSecrets(options));
  }

  active(): readonly Secret[] {
    return this.#active;
  }

  /**
   * Makes a secret if there is none at all.
   *
   * @returns the one that was made, to exactly one caller, who shows it to a person
   */
  async makeFirst(): Promise<Secret | undefined> {
    if (this.#options.secrets.length > 0) return undefined;
    const created = await createFirstSecret(this.#options.data);
    // A look that began before may not have found it.
    await this.#read();
    return created;
  }

  /** @throws {ConfigError} if they cannot be read; the known ones stay in force */
  async reload(): Promise<void> {
    const before = await this.#read();
    if (before === undefined || isDeepStrictEqual(before.map(nameAndValue), this.#active.map(nameAndValue)))
      return;
    this.#log.info("secrets.changed", { active: this.#active.map(({ name }) => name).join(", ") });
  }

  /** @returns what was in force before; undefined if a later look was faster */
  async #read(): Promise<readonly Secret[] | undefined> {
    const look = (this.#begun += 1);
    const secrets = await activeSecrets(this.#options);
    if (look < this.#taken) return undefined;
    const before = this.#active;
    [this.#active, this.#taken] = [secrets, look];
    return before;
  }

  /**
   * Takes up what has changed, and never fails: if it cannot be read, the log says so when that begins, when its reason
   * changes, and when it is over.
   */
  async look(): Promise<void> {
    try {
      await this.reload();
      if (this.#trouble !== undefined) this.#log.info("secrets.reloaded");
      this.#trouble = undefined;
    } catch (error) {
      const fields = errorFields(error);
      if (fields["error"] !== this.#trouble) this.#log.error("secrets.not_reloaded", fields);
      this.#trouble = fields["error"];
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

const nameAndValue = ({ name, value }: Secret): readonly string[] => [name, value];
