import { NotMadeError } from "../../../lib/engines/not-made.ts";
import { rareLog } from "../../../lib/rare-log.ts";
import { type Log, silentLog } from "../../../log.ts";
import type { QueueDriverOptions } from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { channelOf, streamsOf } from "./names.ts";
import { isMemoryFull } from "./connection/refusal.ts";
import { reportOf } from "./report.ts";
import { redisScript, type RedisScript, runScript } from "./scripts/script.ts";
import type { RedisPlace } from "./connection/url.ts";

/**
 * Makes the groups, which shows whether the user may do what is needed; and the streams, if ARGV[2] says so. Gives how
 * many streams were there.
 */
const openScript: RedisScript = redisScript(/* lua */ `
local there = #KEYS
for _, stream in ipairs(KEYS) do
  local made = redis.pcall('XGROUP', 'CREATE', stream, group, '0')
  if made.err and string.find(made.err, 'requires the key to exist') then
    there = there - 1
    made = ARGV[2] == 'make' and redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM') or {}
  end
  if made.err and not string.find(made.err, 'BUSYGROUP') then
    return redis.error_reply(made.err)
  end
end
redis.call('PUBLISH', ARGV[1], '')
return there`);

/** When many lose something at once, one line says it for so long, in ms. */
const toldMs = 60_000;

/** The streams of a queue, on a server that may have lost them. */
export class RedisStreams {
  readonly #place: RedisPlace;
  readonly #isLook: boolean;
  readonly #log: Log;
  #wereThere = false;

  constructor(
    place: RedisPlace,
    { isLook = false, log = silentLog }: Pick<QueueDriverOptions, "isLook" | "log">,
  ) {
    this.#place = place;
    this.#isLook = isLook;
    this.#log = rareLog(log, toldMs, () => performance.now());
  }

  /**
   * Makes what is missing, and tells if it was there before; rejects if this server does not take writes, or not from
   * this user.
   *
   * @throws {NotMadeError} if they are only looked at, and there are none
   */
  async open(client: RedisClient): Promise<void> {
    const { prefix } = this.#place;
    const streams = streamsOf(prefix);
    // Asked before the question: the answers of two connections may come in another order than the server gave them, and
    // whoever made the streams did not find them.
    const wereThere = this.#wereThere;
    let there: unknown;
    try {
      const args = [channelOf(prefix), this.#isLook ? "look" : "make"];
      there = await runScript(client, openScript, streams, args);
    } catch (error) {
      // A server whose memory is full still hands out what it has, and so becomes emptier.
      if (isMemoryFull(error)) return;
      throw error;
    }
    if (this.#isLook && there === 0) throw await this.#notMade(client);
    if (wereThere && there !== streams.length) this.tellLoss();
    this.#wereThere = true;
  }

  /** Tells that some of what was there is not there any more. */
  tellLoss(): void {
    if (!this.#wereThere) return;
    const { prefix, shown } = this.#place;
    this.#log.error("queue.stream_lost", { engine: shown, stream: prefix, error: loss });
  }

  async #notMade(client: RedisClient): Promise<NotMadeError> {
    const { prefix, shown } = this.#place;
    return new NotMadeError({
      part: "queue",
      shown,
      place: `of the name ${prefix.slice(1, -1)}`,
      check: "database and ?name=",
      report: await reportOf(client, this.#place),
    });
  }
}

const loss =
  "Streams or events in them were deleted, or Redis started without its data: what waited there is gone. Missing streams are created again.";
