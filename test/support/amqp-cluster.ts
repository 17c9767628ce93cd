import { amqpServer, type AmqpServer } from "./amqp-server.ts";

/** Nodes of RabbitMQ that are one server, which keeps what it has declared in Khepri. */
export class AmqpCluster implements AsyncDisposable {
  readonly nodes: readonly AmqpServer[];

  private constructor(nodes: readonly AmqpServer[]) {
    this.nodes = nodes;
  }

  static async start(size: number): Promise<AmqpCluster> {
    const starting = Array.from({ length: size }, (_, index) => amqpServer({ khepri: index === 0 }));
    const nodes = await Promise.all(starting);
    const [first, ...others] = nodes;
    for (const node of others) {
      await node.control("stop_app");
      await node.control("join_cluster", first?.node ?? "");
      await node.control("start_app");
    }
    return new AmqpCluster(nodes);
  }

  node(index: number): AmqpServer {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`There is no node ${index}.`);
    return node;
  }

  /** Of all nodes, this one first. */
  url(first: number): string {
    const hosts = this.nodes.map(({ url }) => url.slice(url.indexOf("@") + 1));
    return `amqp://guest:guest@${[...hosts.slice(first), ...hosts.slice(0, first)].join(",")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
  }
}
