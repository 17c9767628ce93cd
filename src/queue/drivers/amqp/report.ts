import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions } from "rabbitmq-client";
import type { EngineReport } from "../../../lib/engine-report.ts";
import { certificatesOf } from "../../../lib/engine-url.ts";
import type { AmqpTarget } from "./options.ts";
import { within } from "./patience.ts";

/** With which every client begins; the server answers with what it is, before it asks who is there. */
const greeting = Buffer.from("AMQP\u0000\u0000\u0009\u0001", "latin1");

const durability =
  "Stored by a majority of the nodes of each quorum queue before each answer: survives crashes and power cuts of the " +
  "others; with a single node, its disk must survive.";

/** What the server tells of itself. */
export async function amqpReport(target: AmqpTarget): Promise<EngineReport> {
  const hello = await within(firstWords(target), "tell what it is", 2_000);
  const [product, version] = [property(hello, "product"), property(hello, "version")];
  return {
    engine: `${product ?? "RabbitMQ"} ${version ?? ""}`.trim(),
    durability,
    warnings: warningsFor(product, version),
  };
}

function warningsFor(product: string | undefined, version = ""): readonly string[] {
  if (product !== "RabbitMQ") {
    return ["The server is no RabbitMQ: whether it keeps what it confirms is not known. Take RabbitMQ 4."];
  }
  if (Number.parseInt(version, 10) >= 4) return [];
  return [`RabbitMQ ${version} is older than what Hookwell is tested with: make it RabbitMQ 4 or newer.`];
}

/** Of whichever node answers first. */
function firstWords({ url }: AmqpTarget): Promise<Buffer> {
  const isTls = url.scheme === "amqps";
  return Promise.any(
    url.hosts.map(async ({ host, port = isTls ? 5671 : 5672 }) => {
      const socket = isTls ? connectTls({ host, port, ...certificatesOf(url) }) : connect({ host, port });
      try {
        return await heard(socket);
      } finally {
        socket.destroy();
      }
    }),
  );
}

/** The first frame: 7 bytes, of which the last 4 are the length of the rest. */
function heard(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const end = setTimeout(() => reject(new Error("it does not answer")), 2_000);
    socket.on("error", reject).on("close", () => {
      clearTimeout(end);
      reject(new Error("it hangs up"));
    });
    socket.on("data", (part: Buffer) => {
      bytes = Buffer.concat([bytes, part]);
      if (bytes.length >= 7 && bytes.length >= 8 + bytes.readUInt32BE(3)) resolve(bytes);
    });
    socket.write(greeting);
  });
}

/** A text of the table of properties: length and name, `S`, length and text. */
function property(hello: Buffer, name: string): string | undefined {
  const at = hello.indexOf(`${String.fromCodePoint(name.length)}${name}S`, 0, "latin1");
  if (at < 0) return undefined;
  const lengthAt = at + name.length + 2;
  const from = lengthAt + 4;
  return hello.toString("utf8", from, from + hello.readUInt32BE(lengthAt));
}

/** For people who look at the server: which connection is which. */
export const named = (connection: ConnectionOptions, what: string): ConnectionOptions => ({
  ...connection,
  connectionName: `hookwell ${what}`,
});
