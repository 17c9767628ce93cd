import type { EventPattern } from "../event/names.ts";
import type { PayloadOf } from "../event/typed-event.ts";
import { eventLike } from "../sandbox/lives/override.ts";
import type { SampleEvent } from "../sandbox/samples.ts";
import { worldOf, type EventWorld } from "./event-world.ts";

/** An event as the sender writes it, with the payload of its name. */
export interface SentEvent<Name extends string = string> extends Omit<SampleEvent, "name" | "payload"> {
  readonly name: Name;
  readonly payload: PayloadOf<Name>;
}

type Scalar = string | number | boolean | null | undefined;

/** Any part of it; lists are whole. */
export type DeepPartial<T> = T extends Scalar | readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;

/** What is to be different in an event. `undefined` leaves a field out. */
export type EventOverrides<Name extends string = string> = DeepPartial<Omit<SentEvent<Name>, "name">>;

/**
 * An event as the sender would write it now: its shape is that of the vendor's example, as far as one is known, and all
 * ids are new. Fields of your own are merged over it, and the others fit to them: the details of a message are those of
 * its channel, and the etag belongs to id and revision.
 *
 * @param name one of the known names; any other gets a plain payload
 * @param overrides what is to be different
 * @param world where ids and times come from; default: chance and the real time
 * @example
 * ```ts
 * const event = anEvent("message.failed", { payload: { details: { channel: "sms" } } });
 * ```
 */
export function anEvent<Name extends EventPattern>(
  name: Name,
  overrides: EventOverrides<Name> = {},
  world: EventWorld = {},
): SentEvent<Name> {
  return eventLike(name, overrides, worldOf(world)) as SentEvent as SentEvent<Name>;
}
