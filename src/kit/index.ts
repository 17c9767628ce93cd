/**
 * For tests of your own handlers, with any test runner: a receiver in memory, and events to deliver to it.
 *
 * @module
 */
export { createTestKit } from "./create-test-kit.ts";
export type { TestKit, TestKitOptions } from "./test-kit.ts";
export type { SeenEvent } from "./seen-event.ts";
export { anEvent, type DeepPartial, type EventOverrides, type SentEvent } from "./an-event.ts";
export type { EventWorld } from "./event-world.ts";
export { aMessage, type MessageEvents } from "./a-message.ts";
export { aProfile, type ProfileEvents } from "./a-profile.ts";
export { aConversation, type ConversationEvents } from "./a-conversation.ts";
export { aChat, type ChatEvents } from "./a-chat.ts";
export { signed, type Postable, type Signed } from "./signed.ts";
