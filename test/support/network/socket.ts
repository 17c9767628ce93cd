import { connect } from "node:net";

export interface Conversation {
  /** Status codes that came, in order; 100 is one too. */
  readonly statuses: readonly number[];
  readonly text: string;
}

/** How a client leaves: it waits for the server to close, ends its own side, or cuts the connection. */
export type Farewell = "wait" | "end" | "cut";

/** The server gives up the slowest after 20 s, and looks every 2 s; one that is still open after this, in ms, was forgotten. */
const patienceMs = 30_000;

/**
 * Writes these bytes, as they are, on a connection of its own and gives all that came back until its end.
 *
 * @throws {Error} if the server neither answers to the end nor closes
 */
export function converse(url: string, bytes: Uint8Array, farewell: Farewell = "wait"): Promise<Conversation> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: farewell === "end" });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The server keeps the connection open after: ${JSON.stringify(textOf(chunks))}`));
    }, patienceMs);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => socket.end());
    // A connection that the server gives up may be reset while we still write.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      const text = textOf(chunks);
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      resolve({ statuses, text });
    });
    socket.write(bytes, () => {
      if (farewell === "end") socket.end();
      if (farewell === "cut") socket.destroy();
    });
  });
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString("latin1");
