import type { components } from "../sender-api/management-api.ts";
import type { SampleEvent } from "./samples.ts";

type Schemas = components["schemas"];
export type WebhookConfiguration = Schemas["WebhookConfiguration"];
export type WebhookConfigurationInput = Schemas["WebhookConfigurationInput"];
export type Message = Schemas["Message"];
export type MessageInput = Schemas["MessageInput"];

/** Bearer token, Basic user and password, and the API Space that the sandbox answers to. */
export interface SandboxCredentials {
  readonly token: string;
  readonly user: string;
  readonly password: string;
  readonly apiSpaceId: string;
}

/** Troubles that the sandbox makes on purpose. Shares are from 0 to 1 and count deliveries (or events, where said). */
export interface Faults {
  /** Share of the events that are delivered a second time, later. */
  readonly duplicate: number;
  /** Share of the events that wait so that later ones overtake them. */
  readonly reorder: number;
  /** Each delivery waits up to this long first, in ms. */
  readonly delayMs: number;
  /** Share of the deliveries that are signed with a wrong secret. */
  readonly wrongSignature: number;
  /** Share of the deliveries whose connection is cut in the middle of the body. */
  readonly cut: number;
  /** Share of the deliveries whose body is sent slowly, over `slowBodyMs`. */
  readonly slowBody: number;
  readonly slowBodyMs: number;
  /** While true nothing reaches the receiver: each attempt fails like a refused connection. */
  readonly outage: boolean;
  /** Each event is held back, and all are sent together every so many ms; 0 is off. */
  readonly burstMs: number;
}

/** One POST to a receiver. */
export interface DeliveryAttempt {
  readonly id: string;
  readonly webhookId: string;
  readonly url: string;
  /** Ids of the events in the body. */
  readonly eventIds: readonly string[];
  /** Length of the body. */
  readonly bytes: number;
  readonly headers: Readonly<Record<string, string>>;
  /** 1 for the first. */
  readonly attempt: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The receiver's answer; null if there was none. */
  readonly status: number | null;
  /** Why there was no answer, such as `timeout`, `refused`, `cut`. */
  readonly error: string | null;
  /** The faults that this delivery had. */
  readonly faults: readonly (keyof Faults)[];
  /** What follows. */
  readonly outcome: "pending" | "accepted" | "retry" | "refused" | "dead";
  /** When it is tried again. */
  readonly nextAt: string | null;
}

/** An event that the sender has given up, as its dead queue holds it. */
export interface DeadEvent {
  readonly eventId: string;
  readonly name: string;
  readonly webhookId: string;
  /** `refused` by a 400, or the `schedule` ended. */
  readonly reason: "refused" | "schedule";
  readonly attempts: number;
  readonly at: string;
  readonly event: SampleEvent;
}
