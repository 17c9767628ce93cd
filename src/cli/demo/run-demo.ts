import type { Io } from "../io.ts";
import { demoFolder } from "./demo-folder.ts";
import { startHookwell } from "./demo-hookwell.ts";
import { DemoSender } from "./demo-sender.ts";
import { startSandbox } from "./demo-sandbox.ts";
import { Feed } from "./feed.ts";
import { guide } from "./guide.ts";
import { introduction } from "./introduction.ts";
import { liveView } from "./live-view.ts";
import { plainView } from "./plain-view.ts";

/**
 * Starts Hookwell and a sandbox, registers one with the other, and shows what happens until the signal aborts. Then
 * both are stopped, and all that they wrote is gone.
 *
 * @param port of Hookwell and its console; 0 takes a free one
 * @throws {ConfigError} if the port is taken
 */
export async function runDemo(io: Io, port: number, signal: AbortSignal): Promise<void> {
  // Ends what it has from the last to the first: the sender before the receiver, and the folder at the end.
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await demoFolder());
  const { app, client, secret, token } = await startHookwell(io.startApp, folder.path, port);
  parts.defer(() => app.close());
  const sandbox = parts.use(await startSandbox(io.random));

  io.stdout.write(introduction({ hookwell: app.url, token, sandbox: sandbox.url }, io.stdout));
  const view = io.stdout.isTTY ? liveView(io.stdout) : plainView(io.stdout, io.now);
  const sender = new DemoSender(sandbox.url, sandbox.credentials, { url: app.url, secret });
  const feed = new Feed((happening) => view.show(happening));
  await Promise.all([feed.follow(client, signal), guide({ sender, feed, view }, signal)]);
  view.end();
}
