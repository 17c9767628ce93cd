import type { Faults, SandboxCredentials } from "../../sandbox/sandbox.ts";
import type { components } from "../../sender-api/management-api.ts";
import type { Mood } from "./demo-handlers.ts";

type Schemas = components["schemas"];

/** Where the events are to go, and what signs them. */
interface Webhook {
  readonly url: string;
  readonly secret: string;
}

/** The sender's REST API, called as a user would call it. */
export class DemoSender {
  readonly #url: string;
  readonly #authorization: string;
  readonly #webhook: Webhook;
  #orders = 0;

  /** @param url of the sender */
  constructor(url: string, { user, password }: SandboxCredentials, webhook: Webhook) {
    this.#url = url;
    this.#webhook = webhook;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  async register(): Promise<void> {
    const names = ["sent", "delivered", "read", "failed", "expired"];
    await this.#call("POST", "/cpaas/webhooks", {
      name: "demo",
      ...this.#webhook,
      subscriptions: names.map((name) => ({ type: `message.${name}` })),
      batch: false,
    } satisfies Schemas["WebhookConfigurationInput"]);
  }

  /** @param handler how the demo's handler is to take it */
  async sendSms(handler: Mood): Promise<void> {
    this.#orders += 1;
    await this.#call("POST", "/cpaas/messages", {
      to: { phoneNumber: "447700900123" },
      body: `Order ${this.#orders} is on its way.`,
      rules: ["sms"],
      metadata: { order: this.#orders, handler },
    } satisfies Schemas["MessageInput"]);
  }

  /** Troubles from now on; those that are not named are over. */
  async trouble(faults: Partial<Faults>): Promise<void> {
    await this.#call("PUT", "/sandbox/faults", faults);
  }

  async #call(method: string, path: string, body: unknown): Promise<void> {
    const headers = { authorization: this.#authorization, "content-type": "application/json" };
    const answer = await fetch(new URL(path, this.#url), { method, headers, body: JSON.stringify(body) });
    if (!answer.ok)
      throw new Error(`The sandbox answers ${answer.status} to ${method} ${path}: ${await answer.text()}`);
    await answer.body?.cancel();
  }
}
