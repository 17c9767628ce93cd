import type { Engine } from "../engine.ts";
import { Way } from "./way.ts";

/** The way of one process to the server of its queue, or to that of its ledger. */
export interface WayToPart {
  readonly part: "queue" | "ledger";
  readonly way: Way;
}

/** Stands between each process of a cluster and the servers. */
export class Network implements AsyncDisposable {
  readonly ways: WayToPart[] = [];
  readonly #engine: Engine;
  readonly #random: () => number;

  constructor(engine: Engine, random: () => number) {
    this.#engine = engine;
    this.#random = random;
  }

  /** Makes the ways of a process; the settings with which it takes them. */
  async lead(): Promise<Readonly<Record<string, string>>> {
    return { HOOKWELL_QUEUE: await this.#open("queue"), HOOKWELL_LEDGER: await this.#open("ledger") };
  }

  /** @returns the URL of the server by way of a new one */
  async #open(part: WayToPart["part"]): Promise<string> {
    const url = new URL(this.#engine[part].url);
    const way = await Way.open(Number(url.port), this.#random);
    this.ways.push({ part, way });
    url.port = String(way.port);
    return url.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.ways.map(({ way }) => way[Symbol.asyncDispose]()));
  }
}
