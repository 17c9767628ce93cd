import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { certificatesOf } from "../../../../lib/engines/certificates.ts";
import { type EngineUrl, queueUrlError } from "../../../../lib/engines/engine-url.ts";
import { failedOf } from "../../../../lib/async/settled.ts";

/** The first bytes of every client. The server answers with what it is, before it asks who is there. */
const greeting = Buffer.from("AMQP\u0000\u0000\u0009\u0001", "latin1");
/** The first byte of the frame in which a server answers. */
const methodFrame = 1;

/** How long it is waited for something else than RabbitMQ, in ms; a RabbitMQ that is silent may answer later. */
const strangerMs = 1_000;

/** Something else listens there: its answer is not AMQP. */
export class StrangerError extends Error {
  constructor() {
    super("something other than RabbitMQ answers");
  }
}

/** The first words of each node, in the order of the URL. */
export function greet(url: EngineUrl, withinMs: number): readonly Promise<Buffer>[] {
  const isTls = url.scheme === "amqps";
  return url.hosts.map(async ({ host, port }) => {
    const socket = isTls ? connectTls({ host, port, ...certificatesOf(url) }) : connect({ host, port });
    try {
      return await heard(socket, withinMs);
    } finally {
      socket.destroy();
    }
  });
}

/**
 * If something other than RabbitMQ listens there, such as its page for operators, the start fails with a sentence about
 * it instead of waiting for it.
 *
 * @throws {ConfigError} if something else listens at one of the hosts
 */
export async function refuseStrangers(url: EngineUrl): Promise<void> {
  const failed = failedOf(await Promise.allSettled(greet(url, strangerMs)));
  if (!failed.some(({ reason }) => reason instanceof StrangerError)) return;
  throw queueUrlError(
    `names ${url.shown}, where something other than RabbitMQ answers: correct host and port; 5672 is usual, 15672 is the management page`,
  );
}

/** The first frame: 7 bytes, of which the last 4 are the length of the rest. */
function heard(socket: Socket, withinMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const end = setTimeout(() => reject(new Error("it does not answer")), withinMs);
    socket.on("error", reject).on("close", () => {
      clearTimeout(end);
      reject(new Error("it hangs up"));
    });
    socket.on("data", (part: Buffer) => {
      bytes = Buffer.concat([bytes, part]);
      if (bytes[0] !== methodFrame) reject(new StrangerError());
      if (bytes.length >= 7 && bytes.length >= 8 + bytes.readUInt32BE(3)) resolve(bytes);
    });
    socket.write(greeting);
  });
}
