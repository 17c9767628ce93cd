import type { ConfigError } from "../../../../errors.ts";
import { NotMadeError } from "../../../../lib/engines/not-made.ts";
import { within } from "../../../../lib/within.ts";
import { NothingThereError } from "../topology/look.ts";
import type { AmqpTarget } from "./options.ts";
import { refusalOf } from "./refusal.ts";
import { amqpReport } from "../report.ts";

/** How long opening waits for a server that does not answer, in ms. */
const openMs = 3_000;
/**
 * How much longer it waits for a server that answers but has queues to make, in ms: on a cluster each takes a while.
 */
const declaringMs = 9_000;

/** How the first try to use a server ends: all that is needed is there, or the server refuses. */
export class AmqpOpening {
  readonly #target: AmqpTarget;
  readonly #refused = Promise.withResolvers<ConfigError | NothingThereError>();

  constructor(target: AmqpTarget) {
    this.#target = target;
  }

  /**
   * A connection was lost or could not be had, or what is needed could not be made. That ends the opening if waiting
   * does not help.
   *
   * @returns what a person must change, if that helps
   */
  failed(error: unknown): ConfigError | undefined {
    const refusal = refusalOf(error, this.#target);
    const refused = error instanceof NothingThereError ? error : refusal;
    if (refused !== undefined) this.#refused.resolve(refused);
    return refusal;
  }

  /**
   * Waits for the end.
   *
   * @param ready resolves when all that is needed is there
   * @param isDeclaring whether the server is there, but not all that is needed on it
   * @returns why the queue cannot be opened; undefined if it can, or if the server does not answer so soon
   */
  async refused(
    ready: Promise<unknown>,
    isDeclaring: () => boolean,
  ): Promise<ConfigError | NothingThereError | undefined> {
    const end = Promise.race([this.#refused.promise, ready.then(() => undefined)]);
    return (await within(openMs, end)) ?? (isDeclaring() ? await within(declaringMs, end) : undefined);
  }
}

/** The error for people, if a queue is only looked at and is not there. */
export async function notMade(target: AmqpTarget): Promise<NotMadeError> {
  const report = await amqpReport(target, { missing: [] });
  const place = `of the name ${target.name}`;
  return new NotMadeError({
    part: "queue",
    shown: target.url.shown,
    place,
    check: "virtual host and ?name=",
    report,
  });
}
