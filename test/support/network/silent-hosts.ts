import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** Hosts that take connections and never say anything. */
export class SilentHosts implements AsyncDisposable {
  /** As in a URL. */
  readonly text: string;
  readonly #servers: readonly Server[];

  private constructor(servers: readonly Server[]) {
    this.#servers = servers;
    this.text = servers.map((each) => `127.0.0.1:${(each.address() as AddressInfo).port}`).join(",");
  }

  static async start(count: number): Promise<SilentHosts> {
    const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
    await Promise.all(servers.map((each) => once(each, "listening")));
    return new SilentHosts(servers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#servers) each.close();
  }
}
