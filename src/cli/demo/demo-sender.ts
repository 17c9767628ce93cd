import { createClient, type SenderClient } from "../../client/create-client.ts";
import type { Faults, SandboxCredentials } from "../../sandbox/sandbox.ts";
import type { Mood } from "./demo-handlers.ts";

/** Where the events are to go, and what signs them. */
interface Webhook {
  readonly url: string;
  readonly secret: string;
}

/** What a user does at the sender, by its REST API. */
export class DemoSender {
  readonly #client: SenderClient;
  readonly #webhook: Webhook;
  #orders = 0;

  /** @param api URL of the sender */
  constructor(api: string, { user, password }: SandboxCredentials, webhook: Webhook) {
    this.#client = createClient({ api, user, password });
    this.#webhook = webhook;
  }

  async register(): Promise<void> {
    const types = ["message.sent", "message.delivered", "message.read"];
    const subscriptions = types.map((type) => ({ type }));
    await this.#client.webhooks.create({ name: "demo", ...this.#webhook, subscriptions });
  }

  /** @param handler how the demo's handler is to take it */
  async sendSms(handler: Mood): Promise<void> {
    this.#orders += 1;
    await this.#client.messages.send({
      to: { phoneNumber: "447700900123" },
      body: `Order ${this.#orders} is on its way.`,
      rules: ["sms"],
      metadata: { order: this.#orders, handler },
    });
  }

  /** Sets troubles of the sandbox, by a call that only a sandbox has. */
  async trouble(faults: Pick<Faults, "duplicate" | "reorder">): Promise<void> {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(faults);
    await fetch(`${this.#client.api}/sandbox/faults`, { method: "PUT", headers, body });
  }
}
