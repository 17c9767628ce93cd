import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { WayTrouble } from "./way.ts";

/** How long a packet takes at most where the network is slow, in ms. */
const slowMs = 200;
/** How long after the first lost answer a connection breaks, in ms: the server has done what was asked by then. */
const deafMs = 300;

export interface PassageOptions {
  readonly now: () => { readonly trouble: WayTrouble | undefined; readonly healed: Promise<void> };
  readonly random: () => number;
  readonly onEnd: () => void;
}

/** One connection on a way. */
export class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #options: PassageOptions;
  #isDeaf = false;

  constructor(client: Socket, server: Socket, options: PassageOptions) {
    this.#client = client;
    this.#server = server;
    this.#options = options;
    this.#carry(client, server, (bytes) => void server.write(bytes));
    this.#carry(server, client, (bytes) => this.#answer(bytes));
  }

  /** Breaks it; both sides hear of it at once. */
  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
    this.#options.onEnd();
  }

  /** What comes from one side reaches the other in order, however long each piece takes. */
  #carry(from: Socket, to: Socket, pass: (bytes: Buffer) => void): void {
    let arrived = Promise.resolve();
    const later = (step: () => void): void => {
      arrived = arrived.then(() => this.#delay()).then(step);
    };
    from
      .on("data", (bytes) => later(() => pass(bytes)))
      .on("error", () => later(() => to.destroy()))
      .on("close", () => later(() => this.cut()));
  }

  async #delay(): Promise<void> {
    const { now, random } = this.#options;
    if (now().trouble === "slow") await sleep(random() * slowMs);
    while (now().trouble === "silent") await now().healed;
  }

  #answer(bytes: Buffer): void {
    const { trouble } = this.#options.now();
    if (this.#isDeaf) return;
    if (trouble === "deaf") {
      this.#isDeaf = true;
      setTimeout(() => this.cut(), deafMs);
    } else if (trouble === "torn") {
      this.#client.end(bytes.subarray(0, Math.floor(this.#options.random() * bytes.length)));
      this.#server.destroy();
    } else this.#client.write(bytes);
  }
}
