import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below those that the system gives to connections, or one of these might have the port before the program does. The same
 * holds for the port 10,000 above, where a node of a Redis cluster listens for the others.
 */
const [lowest, highest] = [10_000, 20_000];

/** A port that nobody listens on, for programs that cannot choose one themselves. */
export async function freePort(): Promise<string> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer();
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
    } catch {
      continue; // Somebody has it.
    }
    server.close();
    await once(server, "close");
    return String(port);
  }
}
