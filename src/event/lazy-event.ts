import { asBuffer } from "../lib/as-buffer.ts";
import { parseJson } from "./envelope.ts";
import type { Bytes, Message } from "./message.ts";
import { matches } from "./pattern.ts";
import type { OpenRecord } from "./payloads.ts";
import { bomLength } from "./splitter.ts";
import type { HookwellEvent, OneLiteral } from "./typed-event.ts";

/** The message for a handler. Its JSON is parsed when something inside is asked for, and once. */
export function toEvent(message: Message): HookwellEvent {
  return new LazyEvent(message);
}

class LazyEvent implements HookwellEvent {
  readonly #message: Message;
  #body: Bytes | undefined;
  #json: unknown;

  constructor(message: Message) {
    this.#message = message;
  }

  get eventId(): string {
    return this.#message.eventId;
  }

  get name(): string {
    return this.#message.name;
  }

  is<Pattern extends string>(pattern: Pattern & OneLiteral<Pattern>): this is HookwellEvent<Pattern>;
  is(pattern: string): boolean;
  is(pattern: string): boolean {
    return matches(pattern, this.#message.name);
  }

  get entity(): string {
    return this.#message.entity;
  }

  get revision(): number | null {
    return this.#message.revision;
  }

  get receivedAt(): Date {
    return new Date(this.#message.receivedAt);
  }

  get occurredAt(): Date | null {
    return this.#message.occurredAt === null ? null : new Date(this.#message.occurredAt);
  }

  get accountId(): number | string | null {
    return this.#message.accountId;
  }

  get apiSpaceId(): string | null {
    return this.#message.apiSpaceId;
  }

  get body(): Bytes {
    // A copy: a handler may change it or transfer its memory to a thread, and the message is still to be written down
    // or retried. Other messages may even share that memory.
    this.#body ??= new Uint8Array(this.#message.body);
    return this.#body;
  }

  get text(): string {
    const { body } = this.#message;
    return asBuffer(body).toString("utf8", bomLength(body));
  }

  get json(): unknown {
    // JSON has no `undefined`, so that it can stand for "not parsed yet".
    this.#json ??= parseJson(this.#message.body);
    return this.#json;
  }

  get payload(): OpenRecord | undefined {
    const payload = recordOf(this.json)?.["payload"];
    return recordOf(payload);
  }

  get profileId(): string | undefined {
    const profileId = recordOf(this.json)?.["profileId"];
    return typeof profileId === "string" ? profileId : undefined;
  }

  /** What `JSON.stringify` makes of the event: the envelope. */
  toJSON(): unknown {
    return this.json;
  }

  /** What `console.log` shows of the event; without this it would show nothing, since all is read through getters. */
  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    const { entity, receivedAt } = this;
    return { ...recordOf(this.json), entity, receivedAt };
  }
}

function recordOf(value: unknown): OpenRecord | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as OpenRecord)
    : undefined;
}
