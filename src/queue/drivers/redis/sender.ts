import type { Message } from "../../../event/message.ts";
import { shardOf } from "../../../event/shard.ts";
import type { EngineHealth } from "../../../lib/engines/engine-health.ts";
import { UnderWay } from "../../../lib/async/under-way.ts";
import { sharedShards } from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { RedisCommits } from "./commits.ts";
import type { RedisStreams } from "./streams.ts";
import { RedisLink } from "./connection/link.ts";
import { fieldsOf } from "./message.ts";
import { channelOf, streamsOf } from "./names.ts";
import type { RedisPlace } from "./connection/url.ts";

/** Writes messages into the streams, over a connection of its own. */
export class RedisSender {
  readonly #link: RedisLink;
  readonly #streams: readonly string[];
  readonly #ring: readonly string[];
  /** One for each connection. */
  readonly #commits = new WeakMap<RedisClient, RedisCommits>();
  readonly #underWay = new UnderWay();

  constructor(place: RedisPlace, health: EngineHealth, streams: RedisStreams) {
    this.#streams = streamsOf(place.prefix);
    this.#ring = ["PUBLISH", channelOf(place.prefix), ""];
    this.#link = new RedisLink(place, health, async (client) => {
      this.#commits.set(client, await RedisCommits.on(client, place.replicas));
      await streams.open(client);
    });
  }

  start(): Promise<void> {
    return this.#link.start();
  }

  send(messages: readonly Message[]): Promise<void> {
    return this.#underWay.add(this.#link.call((client) => this.#write(client, messages)));
  }

  /** See `RedisCommits`; false while the server does not answer. */
  lacksReplicas(): Promise<boolean> {
    const asking = this.#link.call(async (client) => this.#commits.get(client)?.lacksReplicas());
    return asking.then(
      (lacks) => lacks ?? false,
      () => false,
    );
  }

  /** Closes when everything under way has its answer. */
  async close(): Promise<void> {
    await this.#underWay.idle();
    await this.#link.close();
  }

  /** Writes all or nothing, sent together with the wait for the disk. */
  async #write(client: RedisClient, messages: readonly Message[]): Promise<void> {
    const commits = this.#commits.get(client);
    await commits?.expectReplicas();
    const multi = client.multi();
    for (const message of messages) {
      const stream = this.#streams[shardOf(message, sharedShards)] ?? "";
      multi.addCommand(fieldsOf(message, ["XADD", stream, "*"]));
    }
    const written = multi.exec();
    // Not in the transaction: one that publishes is also accepted by a server that has given its streams away.
    const told = client.sendCommand(this.#ring);
    await Promise.all([written, told, commits?.commit(messages.length)]);
  }
}
