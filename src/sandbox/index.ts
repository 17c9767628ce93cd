/**
 * The sender on one's own machine, for tests and development: `hookwell/sandbox`.
 *
 * @module
 */
export { createSandbox } from "./create-sandbox.ts";
export { type Clock, realClock, virtualClock, type VirtualClock } from "./clock.ts";
export { scenarios, type Scenario, type ScenarioName, type ScenarioStep } from "./scenarios.ts";
export { schedules, type ScheduleName } from "./schedule.ts";
export {
  always,
  defaultScript,
  type LifeScript,
  type MessageOutcome,
  usualScript,
} from "./lives/message-script.ts";
export { noFaults } from "./faults.ts";
export { SandboxDataError } from "./state-file.ts";
export { written, type WrittenEvent } from "./subscriptions.ts";
export { serveSandbox, type ListeningSandbox, type ServeSandboxOptions } from "./rest/serve-sandbox.ts";
export { sandboxApp, type SandboxApp, type SandboxAppOptions } from "./rest/app.ts";
export type { Limits, Region } from "./rest/limits.ts";
export type * from "./sandbox.ts";
