import { createSandbox } from "../../sandbox/create-sandbox.ts";
import { type Clock, realClock } from "../../sandbox/clock.ts";
import { type LifeScript, usualScript } from "../../sandbox/lives/message-script.ts";
import { serveSandbox } from "../../sandbox/rest/serve-sandbox.ts";
import type { SandboxCredentials } from "../../sandbox/sandbox.ts";

/** The sender of the demo, at an address of its own. */
export interface DemoSandbox extends AsyncDisposable {
  readonly url: string;
  readonly credentials: SandboxCredentials;
}

/** What the sender does within a minute, the demo shows within seconds. */
const hurry = 30;

/** The sandbox's own faster clock would soon be in the future; here waits are short, and times are those of the machine. */
const real = realClock();
const clock: Clock = { ...real, after: (ms, run) => real.after(ms / hurry, run) };

/** Each SMS is sent at once, delivered a moment later, and read. */
const script: LifeScript = {
  ...usualScript,
  times: { ...usualScript.times, delivered: [5_000, 8_000], read: [14_000, 22_000] },
};

/** @param random gives the seed: two demos are to differ */
export async function startSandbox(random: () => number): Promise<DemoSandbox> {
  await using starting = new AsyncDisposableStack();
  const sandbox = starting.use(createSandbox({ clock, script, seed: Math.floor(random() * 0x1_0000_0000) }));
  const { url } = starting.use(await serveSandbox(sandbox));
  const parts = starting.move();
  return { url, credentials: sandbox.credentials, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
