import { amqpServer, type AmqpServer } from "./amqp-server.ts";

/** Nodes of RabbitMQ that are one server, which keeps what it has declared in Khepri. */
export class AmqpCluster implements AsyncDisposable {
  readonly nodes: readonly AmqpServer[];
  readonly #started: AsyncDisposableStack;

  private constructor(nodes: readonly AmqpServer[], started: AsyncDisposableStack) {
    this.nodes = nodes;
    this.#started = started;
  }

  static async start(size: number): Promise<AmqpCluster> {
    await using started = new AsyncDisposableStack();
    const starting = Array.from({ length: size }, async (_, index) =>
      started.use(await amqpServer({ khepri: index === 0 })),
    );
    await Promise.allSettled(starting);
    const nodes = await Promise.all(starting);
    const [first, ...others] = nodes;
    for (const node of others) {
      await node.control("stop_app");
      await node.control("join_cluster", first?.node ?? "");
      await node.control("start_app");
    }
    return new AmqpCluster(nodes, started.move());
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }
}
