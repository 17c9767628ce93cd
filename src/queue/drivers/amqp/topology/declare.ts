import { codeOf } from "../../../../lib/error-code.ts";
import { isError } from "../../../../lib/is-error.ts";
import { pauseMs } from "../../../../lib/async/pause.ts";
import { sleep } from "../../../../lib/async/sleep.ts";
import { channelsToAskOnce } from "../connection/channels.ts";
import type { AmqpLook } from "./look.ts";
import type { AmqpNames } from "./names.ts";
import type { OpenChannel } from "../connection/session.ts";
import { declareTopology } from "./topology.ts";

export interface Topology {
  readonly names: AmqpNames;
  /** Given if nothing is to be made where nothing is. */
  readonly look: AmqpLook | undefined;
}

/** After so long, in ms, a queue that is not ready counts as one whose node is down. */
const makingMs = 3_000;

/**
 * Declares everything.
 *
 * @throws {NotMadeError} if nothing is there, and nothing is to be made
 */
export async function declare(open: OpenChannel, { names, look }: Topology): Promise<void> {
  await look?.begin(open);
  const until = performance.now() + makingMs;
  for (let failures = 1; ; failures += 1) {
    try {
      return await declareOnce(open, names);
    } catch (error) {
      if (performance.now() > until || !isNotReady(error)) throw error;
      await sleep(pauseMs(failures));
    }
  }
}

async function declareOnce(open: OpenChannel, names: AmqpNames): Promise<void> {
  const channels = await channelsToAskOnce(open);
  try {
    await declareTopology(channels, names);
  } finally {
    await Promise.all(channels.map((channel) => channel.close()));
  }
}

/** The server also says so of a queue that another connection is just making: its name is known before it runs. */
const isNotReady = (error: unknown): boolean =>
  codeOf(error) === "NOT_FOUND" && isError(error) && error.message.includes("is down or inaccessible");
