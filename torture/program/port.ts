import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that systems give to whoever asks for any: a program that is down keeps its port. */
const [least, most] = [20_000, 30_000];

/** A port that nobody listens on, and that nobody is given while the program behind it is down. */
export async function steadyPort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = least + Math.floor(Math.random() * (most - least));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found from ${least} to ${most}.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false; // Somebody listens there.
  } finally {
    server.close();
  }
}
