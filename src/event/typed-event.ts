import type { Bytes } from "./message.ts";
import type { EventPattern, KnownEventName } from "./names.ts";
import type { OpenRecord, PayloadMap } from "./payloads.ts";

/** The known names that a pattern with a star at its end means. */
type KnownNamesOf<Pattern extends string> = Pattern extends `${infer Beginning}*`
  ? Extract<KnownEventName, `${Beginning}${string}`>
  : never;

/** The names that an event handled under `Pattern` can have. */
export type NameOf<Pattern extends string> = Pattern extends `${infer Beginning}*`
  ? `${Beginning}${string}`
  : Pattern;

/**
 * The payload that a handler of `Pattern` gets: for a known name its own type; for a pattern the types of the known
 * names that it matches, or an open record for unknown ones; for an unknown name, and for `*`, an open record. An open
 * record may be `undefined`, since some events have no payload.
 */
export type PayloadOf<Pattern extends string> = Pattern extends KnownEventName
  ? PayloadMap[Pattern]
  : Pattern extends "*"
    ? OpenRecord | undefined
    : PayloadMap[KnownNamesOf<Pattern>] | OpenRecord | undefined;

/**
 * An event as its handler sees it.
 *
 * @example
 * ```ts
 * const onFailed = (event: HookwellEvent<"message.failed">): void => {
 *   console.error(event.payload.id, event.payload.details.failureReason);
 * };
 * ```
 */
export type HookwellEvent<Pattern extends string = string> = TypedEvent<NameOf<Pattern>, PayloadOf<Pattern>>;

/**
 * The text if it is a single one, else `never`: an event that is not of this one may well be of another that `string`, a
 * template or a union means as well.
 */
export type OneLiteral<Text extends string, All = Text> =
  { readonly ""?: unknown } extends Record<Text, unknown>
    ? never
    : Text extends unknown
      ? [All] extends [Text]
        ? Text
        : never
      : never;

/** The fields of an event; `HookwellEvent` fills in the types of name and payload. */
export interface TypedEvent<Name extends string, Payload> {
  /** The sender's id of this event; the same on every repeat, so use it as the idempotency key. */
  readonly eventId: string;
  /** Such as `message.delivered`. */
  readonly name: Name;
  /**
   * Whether the event has this name, or matches this pattern. TypeScript then knows the payload's type, which it cannot
   * infer from `event.name`, since the name may be an unknown one.
   *
   * @example
   * ```ts
   * "*": (event) => {
   *   if (event.is("message.failed")) console.error(event.payload.details.failureReason);
   * },
   * ```
   */
  is<Pattern extends EventPattern>(pattern: Pattern & OneLiteral<Pattern>): this is HookwellEvent<Pattern>;
  /** The same for a pattern that is known only at run time; TypeScript infers nothing from it. */
  is(pattern: EventPattern): boolean;
  /** The thing whose revisions are counted, `family:id`, such as `message:7b1d9e04-…`. */
  readonly entity: string;
  /** Position in the entity's sequence, from 0; `null` if the event has none. Gaps are normal. */
  readonly revision: number | null;
  /** When Hookwell received it. */
  readonly receivedAt: Date;
  /** When the sender says it happened; `null` if there is no readable time. */
  readonly occurredAt: Date | null;
  /** The account it belongs to, as the sender gives it. */
  readonly accountId: number | string | null;
  /** The API space it belongs to, as the sender gives it. */
  readonly apiSpaceId: string | null;
  /** The event's data. Not validated against its type; `undefined` if it is absent or not an object. */
  readonly payload: Payload;
  /** The person, on `presence.*`, where it is a field of the event itself. */
  readonly profileId: string | undefined;
  /** The event as received: its exact bytes in the request, in a copy of its own. */
  readonly body: Bytes;
  /** `body` as text, without a byte order mark. */
  readonly text: string;
  /** `body` parsed: the whole event, including fields that Hookwell does not know. */
  readonly json: unknown;
}
