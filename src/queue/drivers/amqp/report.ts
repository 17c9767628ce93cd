import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { greet } from "./connection/greeting.ts";
import type { AmqpTarget } from "./connection/url.ts";
import { answerOf } from "./patience.ts";

const durability =
  "On the disks of a majority of the nodes before each answer: survives a crash and a power cut, with three nodes also " +
  "the loss of one disk.";

const missingQueues = (missing: readonly string[]): string =>
  `Queues were missing, and are made again: ${missing.join(", ")}. Unless a first start was cut off, somebody deleted ` +
  "them with what waited in them: find out who or what did, such as a policy with expires, and prevent it.";

/** How long a server may take to greet, in ms. */
const greetingMs = 2_000;

interface Found {
  /** Queues that were missing among others before this look at them. */
  readonly missing: readonly string[];
  /** Why the server takes no messages now, for people. */
  readonly noRoom?: string | undefined;
}

/** What the server tells of itself, whichever node answers first, and what is to be said of its queues. */
export async function amqpReport(target: AmqpTarget, { missing, noRoom }: Found): Promise<EngineReport> {
  const hello = await answerOf(firstOf(greet(target.url, greetingMs)), "tell what it is");
  const [product, version] = [property(hello, "product"), property(hello, "version")];
  return {
    engine: `${product ?? "RabbitMQ"} ${version ?? ""}`.trim(),
    durability,
    warnings: [
      ...(noRoom === undefined ? [] : [noRoom]),
      ...warningsFor(product, version),
      ...(missing.length === 0 ? [] : [missingQueues(missing)]),
    ],
  };
}

/** The first greeting that comes; if none does, rejects with the reason of the first node. */
const firstOf = (greetings: readonly Promise<Buffer>[]): Promise<Buffer> =>
  Promise.any(greetings).catch((error: AggregateError) => {
    throw error.errors[0];
  });

function warningsFor(product: string | undefined, version = ""): readonly string[] {
  if (product !== "RabbitMQ") {
    return [
      "The server is not RabbitMQ, so it is unknown whether it keeps what it confirms. Use RabbitMQ 4.",
    ];
  }
  if (Number.parseInt(version, 10) >= 4) return [];
  return [
    `RabbitMQ ${version} is older than any that Hookwell is tested with: upgrade to RabbitMQ 4 or newer.`,
  ];
}

/** A text from the server's table of properties: length and name, `S`, length and text. */
function property(hello: Buffer, name: string): string | undefined {
  const at = hello.indexOf(`${String.fromCodePoint(name.length)}${name}S`, 0, "latin1");
  if (at < 0) return undefined;
  const lengthAt = at + name.length + 2;
  const from = lengthAt + 4;
  return hello.toString("utf8", from, from + hello.readUInt32BE(lengthAt));
}
