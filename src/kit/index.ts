/**
 * For tests of your own handlers, with any test runner: a receiver in memory, and events to deliver to it.
 *
 * @module
 */
export { createTestKit } from "./create-test-kit.ts";
export type { TestKit, TestKitOptions } from "./test-kit.ts";
export type { Postable } from "./signed-request.ts";
export type { SeenEvent } from "./seen-event.ts";
