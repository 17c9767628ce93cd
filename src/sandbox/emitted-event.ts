import type { FreshWorld } from "./fresh-event.ts";
import { isOutbound, messageEvent, type MessageState } from "./lives/message.ts";
import { eventLike, override } from "./lives/override.ts";
import type { SampleEvent } from "./samples.ts";
import type { EmitOptions } from "./sandbox.ts";

/**
 * The event that `Sandbox.emit` sends.
 *
 * @param known the message that it is about, if the sandbox knows it
 */
export function emittedEvent(
  name: string,
  { payload, entityId, revision }: EmitOptions,
  known: MessageState | undefined,
  world: FreshWorld,
): SampleEvent {
  const overrides = { ...(payload && { payload }) };
  const place = { ...(revision !== undefined && { revision }) };
  return known !== undefined && isOutbound(name)
    ? override(messageEvent(name, known, world), { ...overrides, ...place })
    : eventLike(name, overrides, { ...world, ...place, ...(entityId !== undefined && { entityId }) });
}
