import type { NatsConnection } from "@nats-io/transport-node";
import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import { sharedShards } from "../../driver.ts";
import type { NatsClient } from "./client.ts";
import { failureOf, NotStoredError } from "./errors.ts";
import { writeHeaders } from "./message.ts";
import { subjectTokens } from "./text.ts";

interface Stored {
  readonly error?: { readonly description: string; readonly err_code: number };
}

/** How long the server may take to store a message, in ms. */
const storingMs = 4_000;

/** Stores messages of any number at once; each is answered for by itself. */
export class NatsSender {
  readonly #client: NatsClient;
  readonly #name: string;

  constructor(client: NatsClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** A message that is stored again is there once. */
  async store(connection: NatsConnection, messages: readonly Message[]): Promise<void> {
    const stored = messages.map((message) => this.#store(connection, message));
    const failure = failureOf(await Promise.allSettled(stored));
    if (failure !== undefined) throw failure;
  }

  async #store(connection: NatsConnection, message: Message): Promise<void> {
    const subject = `${this.#name}.${shardOf(message, sharedShards)}.${subjectTokens(message.name)}`;
    const headers = writeHeaders(this.#client.headers(), message, this.#name);
    const answer = await connection.request(subject, message.body, { headers, timeout: storingMs });
    const { error } = answer.json<Stored>();
    if (error !== undefined) throw new NotStoredError(`${error.description} (${error.err_code})`);
  }
}
