import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { QueueUnavailableError } from "../../../../errors.ts";
import type { Message } from "../../../../event/message.ts";
import { shardOf } from "../../../../event/shard.ts";
import { shared } from "../../../../lib/async/shared.ts";
import { expectWithin, within } from "../../../../lib/async/within.ts";
import { type SendOptions, sharedShards } from "../../../driver.ts";
import type { NatsClient } from "../connection/client.ts";
import { apiErrors, withCure } from "../errors.ts";
import { failureOf, NotStoredError } from "./outcome.ts";
import { writeHeaders } from "../message.ts";
import { subjectTokens } from "../text.ts";

interface Stored {
  readonly error?: { readonly description: string; readonly err_code: number };
  /** The name of the stream that answers. */
  readonly stream?: string;
  /** Its place in the stream. */
  readonly seq?: number;
  /** True if a message with this id came before. */
  readonly duplicate?: boolean;
}

/** How long the server may take to store a message, in ms. */
const storingMs = 4_000;

/** A server that has not stored all after so long, in ms, is asked whether it is there, and has as long to answer. */
const silenceMs = 1_000;

/** That answer may wait behind what we send, on a line that carries at least so many bytes per ms. */
const slowestLine = 4_000;

type Connection = Pick<NatsConnection, "request" | "flush">;

/** Stores any number of messages at once; each is confirmed by itself. */
export class NatsSender {
  readonly #client: Pick<NatsClient, "headers">;
  readonly #name: string;
  /**
   * Resolves for all who ask in one turn of the event loop together, so that the client writes what they publish in one
   * call of the system, and the server reads it in one.
   */
  readonly #endOfTurn = shared(() => setImmediate());

  constructor(client: Pick<NatsClient, "headers">, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /**
   * A message that is stored again is there once, unless the caller says that it is sent again: then it may be there
   * twice, and the ledger recognises the copy. For a server of a cluster that hung or lost its lead may know an id
   * whose message never gets a place, and would refuse that message for as long as it remembers ids.
   */
  async store(
    connection: Connection,
    messages: readonly Message[],
    { isAgain = false }: SendOptions = {},
  ): Promise<void> {
    await this.#endOfTurn();
    const stored = Promise.allSettled(
      messages.map((message) => this.#store(connection, message, isAgain ? randomUUID() : message.copy)),
    );
    const bytes = messages.reduce((sum, { body }) => sum + body.length, 0);
    const failure = failureOf(await unlessSilent(connection, stored, silenceMs + bytes / slowestLine));
    if (failure !== undefined) throw failure;
  }

  async #store(connection: Connection, message: Message, id: string): Promise<void> {
    const subject = `${this.#name}.${shardOf(message, sharedShards)}.${subjectTokens(message.name)}`;
    const headers = writeHeaders(this.#client.headers(), message, id);
    const answer = await connection.request(subject, message.body, { headers, timeout: storingMs });
    const { error, stream, seq, duplicate } = answer.json<Stored>();
    // In a cluster the earlier copy may still be lost, together with the server that has not given it a place yet.
    // Newer servers report that as an error.
    if ((duplicate === true && seq === 0) || error?.err_code === apiErrors.duplicateOnItsWay)
      throw new QueueUnavailableError("NATS has not stored a copy of this message yet.");
    if (error !== undefined)
      throw new NotStoredError(withCure(`${error.description} (${error.err_code})`, error.err_code));
    if (stream !== this.#name)
      throw new NotStoredError(`${stream ?? "something that is no stream"} has its subject ${subject}`);
  }
}

/** The result of a call, unless the server is silent: a slow server is not taken for one that is away. */
async function unlessSilent<T>(connection: Connection, call: Promise<T[]>, patienceMs: number): Promise<T[]> {
  for (;;) {
    const given = await within(silenceMs, call);
    if (given !== undefined) return given;
    const silent = (): Error => new QueueUnavailableError("NATS does not answer.");
    await expectWithin(patienceMs, Promise.race([call, connection.flush()]), silent);
  }
}
