import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/index.ts";
import { sampleNames } from "../../../src/sandbox/samples.ts";
import { testSecret } from "../program/client.ts";

/**
 * A sender in trouble, a hundred times as fast: every event is shuffled among the others, about every second one comes
 * twice, `message.sent` comes alone and all else in arrays, and each body until it is accepted.
 */
export function troubledSandbox(url: string, options: SandboxOptions = {}): Sandbox {
  const sandbox = createSandbox({ timeScale: 100, faults: { duplicate: 0.5, reorder: 1 }, ...options });
  const register = (name: string, names: readonly string[], batch: boolean): void => {
    const subscriptions = names.map((type) => ({ type }));
    const batches = { batch, maxBatchSize: 20, batchTimeout: 5 };
    sandbox.webhooks.create({ name, url, secret: testSecret, subscriptions, ...batches });
  };
  const alone = "message.sent";
  register("alone", [alone], false);
  register(
    "arrays",
    sampleNames.filter((name) => name !== alone),
    true,
  );
  return sandbox;
}
