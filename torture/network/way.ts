import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Passage } from "./passage.ts";

/** What a network does to the way from one process to one server. */
export const troubles = ["cut", "silent", "slow", "torn", "deaf"] as const;
/**
 * `cut`: connections break, and new ones are refused. `silent`: nothing arrives, on either side, until it is over; ends
 * of connections do not either. `slow`: each packet takes up to 0.2 s. `torn`: connections break in the middle of the
 * next answer. `deaf`: the server gets and does what is asked, and its answers are lost with the connection.
 */
export type WayTrouble = (typeof troubles)[number];

/** The way from one process to one server: a port of 127.0.0.1 that leads there. */
export class Way implements AsyncDisposable {
  readonly #server: Server;
  readonly #passages = new Set<Passage>();
  readonly #random: () => number;
  #trouble: WayTrouble | undefined;
  #healed: PromiseWithResolvers<void> = Promise.withResolvers();

  private constructor(goal: number, random: () => number) {
    this.#random = random;
    this.#server = createServer((client) => this.#enter(client, goal));
  }

  static async open(goal: number, random: () => number): Promise<Way> {
    const way = new Way(goal, random);
    way.#server.listen(0, "127.0.0.1");
    await once(way.#server, "listening");
    return way;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  begin(trouble: WayTrouble): void {
    this.#healed = Promise.withResolvers();
    this.#trouble = trouble;
    if (trouble === "cut") this.#cut();
  }

  heal(): void {
    this.#trouble = undefined;
    this.#healed.resolve();
  }

  #enter(client: Socket, goal: number): void {
    if (this.#trouble === "cut") return void client.destroy();
    const passage: Passage = new Passage(client, connect(goal, "127.0.0.1"), {
      now: () => ({ trouble: this.#trouble, healed: this.#healed.promise }),
      random: this.#random,
      onEnd: () => void this.#passages.delete(passage),
    });
    this.#passages.add(passage);
  }

  #cut(): void {
    for (const passage of this.#passages) passage.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    this.#cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
