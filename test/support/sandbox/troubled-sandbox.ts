import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/index.ts";
import { sampleNames } from "../../../src/sandbox/samples.ts";
import { testSecret } from "../program/client.ts";

/**
 * A sender in trouble, a hundred times as fast: every event is shuffled among the others, about every second one comes
 * twice, and each array until it is accepted.
 */
export function troubledSandbox(url: string, options: SandboxOptions = {}): Sandbox {
  const sandbox = createSandbox({ timeScale: 100, faults: { duplicate: 0.5, reorder: 1 }, ...options });
  const subscriptions = sampleNames.map((type) => ({ type }));
  const batches = { batch: true, maxBatchSize: 10, batchTimeout: 5 };
  sandbox.webhooks.create({ name: "all", url, secret: testSecret, subscriptions, ...batches });
  return sandbox;
}
