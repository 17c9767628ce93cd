import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import type { Message } from "../../../../event/message.ts";
import { shardOf } from "../../../../event/shard.ts";
import { inTransaction } from "../../../../lib/postgres/on-connection.ts";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import type { Share, ShareOptions } from "../../../driver.ts";
import { LivenessLock } from "./liveness-lock.ts";
import { deadAfterMs, Heartbeats } from "./heartbeats.ts";
import { type OtherQueues, queuesInUse } from "./other-queues.ts";

/**
 * How long after a heartbeat a worker may begin to handle events, in ms. It cannot know that its connection is gone
 * before it asks, and a paused process asks late; so it counts from the last time at which it surely held its lock. The
 * rest of the time until others take over is for pauses between that question and the first line of a handler.
 */
const beginForMs = 2_000;
/**
 * A worker that has not reached the queue for so long, in ms, or never, leaves its shards to those that have reached it
 * for as long. So nobody leaves anything when the queue is away for all, nor when a worker reaches it a little sooner
 * or later than the others.
 */
const outOfReachMs = 15_000;

export interface OwnShard {
  readonly shard: number;
}

/**
 * Which shards this worker has. Each worker takes free ones up to its fair share, and learns if it has too many; a dead
 * worker has none.
 */
export class PostgresShare {
  readonly #db: Postgres;
  readonly #liveness: LivenessLock;
  readonly #queues: OtherQueues;
  readonly #id = randomUUID();
  readonly #heartbeats: Heartbeats;
  /** Into how many shards all events are divided. */
  #shards = 1;
  #isKnown = false;
  /** Others took us for dead, and whoever asks has not heard of it yet. */
  #hasLost = false;

  constructor(db: Postgres, queues: OtherQueues) {
    this.#db = db;
    this.#liveness = new LivenessLock(db);
    this.#queues = queues;
    this.#heartbeats = new Heartbeats(db, this.#id, queues.ours);
  }

  /** See `Heartbeats`. */
  get sessionName(): string {
    return this.#heartbeats.sessionName;
  }

  async renew(shards: number, { reachesQueue = true }: ShareOptions = {}): Promise<Share> {
    const { schema } = this.#db;
    this.#shards = shards;
    const share = await this.#liveness.transaction<Share>(async (client, lock) => {
      // Asked together, since workers wait for each other here: each further round trip would hold up all of them. The
      // server does one after the other, in this order; only the locks of workers that hang are ended after all of it.
      const [, isNew, , , queues, [mine, fair]] = await Promise.all([
        client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`hookwell share ${schema}`]),
        this.#heartbeats.beat(client, { lock, shards, reachesQueue }),
        this.#heartbeats.bury(client),
        this.#free(client, shards),
        queuesInUse(client, this.#db),
        this.#count(client, shards),
      ]);
      // Others took us for dead, and may have handled what we still think is ours: so this time we have nothing.
      this.#hasLost ||= isNew && this.#isKnown;
      if (this.#hasLost) {
        await client.query(`update ${schema}.shard set owner = null where owner = $1`, [this.#id]);
        return { owned: [], surplus: [], forMs: deadAfterMs, beginForMs };
      }
      this.#isKnown = true;
      this.#queues.tell(queues);
      if (mine.length < fair) mine.push(...(await this.#take(client, shards, fair - mine.length)));
      return { owned: mine, surplus: mine.slice(fair), forMs: deadAfterMs, beginForMs };
    });
    this.#hasLost = false;
    return share;
  }

  shardOf(message: Message): number {
    return shardOf(message, this.#shards);
  }

  /** Tells which of these messages have a shard that is ours at this moment. */
  async mine(messages: readonly Message[]): Promise<(message: Message) => boolean> {
    const { rows } = await this.#db.pool.query<OwnShard>(this.#ownOf(messages));
    return this.isIn(rows);
  }

  /** A statement that finds our shards of these messages, and keeps them until its transaction ends. */
  keeping(messages: readonly Message[]): string {
    return `${this.#ownOf(messages)} for share`;
  }

  /** Tells which messages have one of these shards. */
  isIn(rows: readonly OwnShard[]): (message: Message) => boolean {
    const shards = new Set(rows.map(({ shard }) => shard));
    return (message) => shards.has(this.shardOf(message));
  }

  #ownOf(messages: readonly Message[]): string {
    const shards = [...new Set(messages.map((message) => this.shardOf(message)))];
    return `select shard from ${this.#db.schema}.shard where owner = '${this.#id}' and shard = any('{${shards.join()}}')`;
  }

  async release(shards: readonly number[]): Promise<void> {
    await this.#db.pool.query(
      `update ${this.#db.schema}.shard set owner = null where owner = $1 and shard = any($2)`,
      [this.#id, shards],
    );
  }

  /** Leaves all shards to the others, for good. */
  async leave(): Promise<void> {
    try {
      if (this.#isKnown) await this.#leave();
    } finally {
      this.#liveness.close();
    }
  }

  async #leave(): Promise<void> {
    const { schema } = this.#db;
    await inTransaction(this.#db.pool, async (client) => {
      await client.query(`update ${schema}.shard set owner = null where owner = $1`, [this.#id]);
      await this.#heartbeats.end(client);
    });
  }

  /** Makes the shards that are missing, and takes from dead workers what they had. */
  async #free(client: ClientBase, shards: number): Promise<void> {
    const { schema } = this.#db;
    await Promise.all([
      client.query(
        `insert into ${schema}.shard (shard) select generate_series(0, $1 - 1) on conflict do nothing`,
        [shards],
      ),
      client.query(
        // A locked shard belongs to a transaction of the dead worker, which is about to be ended.
        `update ${schema}.shard set owner = null where shard in (
           select shard from ${schema}.shard where owner is not null
             and owner not in (select id from ${schema}.worker) for update skip locked)`,
      ),
    ]);
  }

  /** The shards that are ours, and how many would be fair. */
  async #count(client: ClientBase, shards: number): Promise<readonly [mine: number[], fair: number]> {
    const { schema } = this.#db;
    const { rows } = await client.query<{ mine: number[]; workers: number; rank: number; takes: boolean }>(
      `with w as (
           select id, reaches_queue, reach_since < now() - $3 * interval '1 ms' as lasts from ${schema}.worker),
         taker as (select id from w
           where reaches_queue or not lasts or not exists (select from w where reaches_queue and lasts))
       select coalesce((select array_agg(shard order by shard) from ${schema}.shard where owner = $1 and shard < $2), '{}') as mine,
         (select count(*)::int from taker) as workers,
         (select count(*)::int from taker where id < $1) as rank,
         exists (select from taker where id = $1) as takes`,
      [this.#id, shards, outOfReachMs],
    );
    const { mine = [], workers = 1, rank = 0, takes = true } = rows[0] ?? {};
    if (!takes) return [mine, 0];
    return [mine, Math.floor(shards / workers) + (rank < shards % workers ? 1 : 0)];
  }

  /**
   * Takes free shards; none while others cut their queue differently: a state in both queues would be in two shards.
   */
  async #take(client: ClientBase, shards: number, most: number): Promise<readonly number[]> {
    const { schema } = this.#db;
    const { rows } = await client.query<{ shard: number }>(
      `update ${schema}.shard set owner = $1 where shard in
         (select shard from ${schema}.shard where owner is null and shard < $2 order by shard limit $3)
           and not exists (
             select from ${schema}.shard other join ${schema}.worker on worker.id = other.owner
               where worker.shards <> $2)
       returning shard`,
      [this.#id, shards, most],
    );
    return rows.map(({ shard }) => shard).sort((a, b) => a - b);
  }
}
