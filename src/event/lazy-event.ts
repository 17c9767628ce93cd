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
  readonly eventId: string;
  readonly name: string;
  readonly entity: string;
  readonly revision: number | null;
  readonly receivedAt: Date;
  readonly occurredAt: Date | null;
  readonly accountId: number | string | null;
  readonly apiSpaceId: string | null;
  declare readonly profileId: string | undefined;
  declare readonly payload: OpenRecord | undefined;
  declare readonly body: Bytes;
  declare readonly text: string;
  declare readonly json: unknown;
  readonly #message: Message;
  #copy: Bytes | undefined;
  #parsed: unknown;

  constructor(message: Message) {
    this.eventId = message.eventId;
    this.name = message.name;
    this.entity = message.entity;
    this.revision = message.revision;
    this.receivedAt = new Date(message.receivedAt);
    this.occurredAt = message.occurredAt === null ? null : new Date(message.occurredAt);
    this.accountId = message.accountId;
    this.apiSpaceId = message.apiSpaceId;
    this.#message = message;
    for (const [field, getter] of LazyEvent.#lazy) Object.defineProperty(this, field, getter);
  }

  is<Pattern extends string>(pattern: Pattern & OneLiteral<Pattern>): this is HookwellEvent<Pattern>;
  is(pattern: string): boolean;
  is(pattern: string): boolean {
    return matches(pattern, this.name);
  }

  /**
   * What costs something to read. Each event has it as fields of its own: those of the class would be in no copy
   * (`{ ...event }`), and tests would take all events for equal.
   */
  static readonly #lazy: readonly (readonly [keyof LazyEvent, PropertyDescriptor])[] = [
    lazily("profileId", (event) => event.#profileId()),
    lazily("payload", (event) => recordOf(recordOf(event.#json())?.["payload"])),
    lazily("body", (event) => event.#body()),
    lazily("text", (event) => event.#text()),
    lazily("json", (event) => event.#json()),
  ];

  #body(): Bytes {
    // A copy: a handler may change it or transfer its memory to a thread, and the message is still to be written down
    // or retried. Other messages may even share that memory.
    this.#copy ??= new Uint8Array(this.#message.body);
    return this.#copy;
  }

  #text(): string {
    const { body } = this.#message;
    return asBuffer(body).toString("utf8", bomLength(body));
  }

  #json(): unknown {
    // JSON has no `undefined`, so that it can stand for "not parsed yet".
    this.#parsed ??= parseJson(this.#message.body);
    return this.#parsed;
  }

  #profileId(): string | undefined {
    const profileId = recordOf(this.#json())?.["profileId"];
    return typeof profileId === "string" ? profileId : undefined;
  }

  /** What `JSON.stringify` makes of the event: the envelope. */
  toJSON(): unknown {
    return this.json;
  }

  /** What `console.log` shows of the event; without this it would show its bytes, and getters in place of the rest. */
  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    const { entity, receivedAt } = this;
    return { ...recordOf(this.json), entity, receivedAt };
  }
}

function lazily<Field extends keyof LazyEvent>(
  field: Field,
  get: (event: LazyEvent) => LazyEvent[Field],
): readonly [Field, PropertyDescriptor] {
  return [
    field,
    {
      enumerable: true,
      get(this: LazyEvent): LazyEvent[Field] {
        return get(this);
      },
    },
  ];
}

function recordOf(value: unknown): OpenRecord | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as OpenRecord)
    : undefined;
}
