import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Contender, secret, senderSigning } from "./contender.ts";
import { answersOk, ask } from "./http.ts";
import { freePort } from "../../test/support/network/free-port.ts";
import { startProgram, type Program } from "./program.ts";

const program = join(import.meta.dirname, "../../bin/hookwell.js");
const token = "a-token-for-the-benchmark-0123456789";

/** What a handler does with each event. */
export const handlers = {
  none: "() => undefined",
  /** So slow that a long queue stays one. */
  slow: "(_, { signal }) => new Promise((done) => { setTimeout(done, 5_000); signal.onabort = done; })",
  /** Notes in its folder how long ago the event was received, in ms. */
  noting:
    "({ receivedAt }) => process.getBuiltinModule('node:fs').appendFileSync('delays.txt', `${performance.timeOrigin + performance.now() - receivedAt}\\n`)",
  /** Nothing either, from the signal SIGUSR2 on; until then it waits. */
  held: "(() => { const go = Promise.withResolvers(); process.once('SIGUSR2', go.resolve); return () => go.promise; })()",
} as const;

export interface Hookwell extends Program {
  /** From the start of the process until `/readyz` answered 200. */
  readonly readyMs: number;
  stats(): Promise<Stats>;
  /** The JSON that a call of the API answers. */
  api(path: string): Promise<unknown>;
}

/** The part of the statistics that is looked at. */
export interface Stats {
  readonly queue: { readonly depth: number };
  readonly events: { readonly handled: number; readonly obsolete: number; readonly dead: number };
}

export interface HookwellOptions {
  readonly handler?: keyof typeof handlers;
  /** Settings beside its own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the real program on a data folder, as a user does, with one handler for all events. */
export async function startHookwell(
  command: "serve" | "receive" | "process",
  folder: string,
  { handler = "none", env = {} }: HookwellOptions = {},
): Promise<Hookwell> {
  const config = `export default { handlers: { "*": ${handlers[handler]} } };\n`;
  await writeFile(join(folder, "hookwell.config.mjs"), config);
  const port = Number(await freePort());
  const startedAt = performance.now();
  const started = await startProgram(port, {
    command: process.execPath,
    args: [program, command, "--log-level", "error"],
    folder,
    env: {
      PORT: String(port),
      HOOKWELL_DATA: folder,
      HOOKWELL_SECRET: secret,
      HOOKWELL_TOKEN: token,
      ...env,
    },
    ready: (port) => answersOk(port, "/readyz"),
  });
  const readyMs = performance.now() - startedAt;
  const api = async (path: string): Promise<unknown> => {
    const { status, text } = await ask(port, `/api/v1${path}`, token);
    if (status !== 200) throw new Error(`GET /api/v1${path} answered ${status}: ${text}`);
    return JSON.parse(text);
  };
  return { ...started, readyMs, api, stats: async () => (await api("/stats")) as Stats };
}

/** The receiving half, which is what the sender meets. */
export const hookwell: Contender = {
  name: "Hookwell",
  guarantees: "genuine, every event on the disk (fsync), and kept there until it is handled",
  path: "/",
  signing: senderSigning,
  expected: (batch) => JSON.stringify({ accepted: batch }),
  start: (folder) => startHookwell("receive", folder),
};

/** Settings of a receiver whose queue is in a server. What that does not take at once must not be counted as taken. */
export const queueOn = (url: string): Readonly<Record<string, string>> => ({
  HOOKWELL_QUEUE: url,
  HOOKWELL_SPILL: "off",
});

/** The same with its queue in a server. */
export function hookwellOn(queue: string): Contender {
  return { ...hookwell, start: (folder) => startHookwell("receive", folder, { env: queueOn(queue) }) };
}
