import { type VirtualClock, virtualClock } from "../../../src/sandbox/clock.ts";
import { createSandbox } from "../../../src/sandbox/create-sandbox.ts";
import { usualScript } from "../../../src/sandbox/lives/message-script.ts";
import type {
  Registration,
  Sandbox,
  SandboxOptions,
  WebhookConfigurationInput,
} from "../../../src/sandbox/sandbox.ts";

export const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";

/** The time at which every sandbox of a test begins. */
export const startMs: number = Date.UTC(2026, 0, 1);

/** A delivery as the receiver saw it. */
export interface Received {
  /** Ms after the start. */
  readonly at: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface StartedSandbox {
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly received: readonly Received[];
  /** Registers the receiver for the statuses of messages. */
  readonly register: (more?: Partial<WebhookConfigurationInput>) => Registration;
}

/** How the receiver answers: a status, which may take its time. */
export type Answers = (request: Request, received: Received) => number | Promise<number>;

/** A sandbox on a clock of its own, in which each message is sent, delivered and read, and a receiver in memory. */
export function startSandbox(options: SandboxOptions = {}, answer: Answers = () => 200): StartedSandbox {
  const clock = virtualClock(startMs);
  const received: Received[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const at = clock.now() - startMs;
    const one = { at, headers: request.headers, body: await request.text() };
    received.push(one);
    return new Response(null, { status: await answer(request, one) });
  };
  const sandbox = createSandbox({ clock, script: usualScript, fetch, ...options });
  const subscriptions = ["sent", "delivered", "read"].map((status) => ({ type: `message.${status}` }));
  const register = (more: Partial<WebhookConfigurationInput> = {}): Registration =>
    sandbox.webhooks.create({ name: "mine", url: "http://receiver.test/", secret, subscriptions, ...more });
  return { sandbox, clock, received, register };
}

/** The events of all deliveries, in the order of their arrival. */
export const eventsOf = (received: readonly Received[]): readonly { eventId: string; name: string }[] =>
  received.flatMap(({ body }) => JSON.parse(body) as { eventId: string; name: string });
