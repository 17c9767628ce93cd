import { freePort } from "./free-port.ts";
import { NatsServer } from "./nats-server.ts";

/** Several NATS servers that keep their streams together. Until they have agreed who leads, JetStream does not answer. */
export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  static async start(size: number): Promise<NatsCluster> {
    const ports = await Promise.all(Array.from({ length: size }, freePort));
    const routes = JSON.stringify(ports.map((port) => `nats://127.0.0.1:${port}`));
    const start = (port: string, index: number): Promise<NatsServer> =>
      NatsServer.start(`server_name: "node ${index}"
        jetstream {}
        cluster { name: test, listen: "127.0.0.1:${port}", routes: ${routes} }`);
    return new NatsCluster(await Promise.all(ports.map(start)));
  }

  /** Of all of them. */
  get url(): string {
    return `nats://${this.servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]();
  }
}
