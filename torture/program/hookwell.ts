import { freePort } from "../../test/support/network/free-port.ts";
import { Service, type ServiceOptions } from "./service.ts";

/** Everything in one process, the two halves apart, or several of each on servers that they share. */
export type Shape = "serve" | "split" | "cluster";

/** A Hookwell under supervision: what faults act upon, and what clients talk to. */
export interface Hookwell {
  readonly shape: Shape;
  /** Where deliveries go, each with a slash at the end; a sender may use any of them, as behind a load balancer. */
  readonly endpoints: readonly string[];
  /** Where the API is. */
  readonly api: string;
  /** The process that receives and the one that handles, or the first of each; the same one if all is in one. */
  readonly receiver: Service;
  readonly worker: Service;
  /** Each process once. */
  readonly services: readonly Service[];
}

export interface HookwellOptions extends Pick<ServiceOptions, "nextGeneration" | "onExit"> {
  readonly shape: Shape;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** With which settings each process of a cluster finds the servers; default: those of `env`. */
  readonly lead?: () => Promise<Readonly<Record<string, string>>>;
}

/** How many processes of each kind a cluster has. */
const clusterOf = { receivers: 2, workers: 3 } as const;

export async function hookwellOf(options: HookwellOptions): Promise<Hookwell> {
  const { shape, cwd, env, lead } = options;
  const serviceOf = (command: "serve" | "receive" | "process", port: string, own = {}): Service =>
    new Service({ ...options, start: () => ({ command, cwd, env: { ...env, ...own, PORT: port } }) });
  if (shape === "serve") {
    const port = await freePort();
    const service = serviceOf("serve", port);
    const parts = { receiver: service, worker: service, services: [service] };
    return { shape, endpoints: [urlOf(port)], api: urlOf(port), ...parts };
  }
  const count = shape === "split" ? { receivers: 1, workers: 1 } : clusterOf;
  const ports = {
    receivers: await freePorts(count.receivers),
    workers: await freePorts(count.workers),
  };
  // Each process of a cluster is a machine of its own, with a folder that no other sees.
  const machineOf = async (name: string): Promise<Readonly<Record<string, string>>> =>
    shape === "split" ? {} : { HOOKWELL_DATA: `${env["HOOKWELL_DATA"] ?? ""}-${name}`, ...(await lead?.()) };
  // One after the other, so that a plan meets the same ones again.
  const receivers = await Array.fromAsync(ports.receivers, async (port, at) =>
    serviceOf("receive", port, await machineOf(`receiver-${at}`)),
  );
  const workers = await Array.fromAsync(ports.workers, async (port, at) =>
    serviceOf("process", port, await machineOf(`worker-${at}`)),
  );
  const [receiver, worker] = [receivers[0], workers[0]];
  const [apiPort] = ports.workers;
  if (receiver === undefined || worker === undefined || apiPort === undefined) throw new Error("No process.");
  return {
    shape,
    endpoints: ports.receivers.map(urlOf),
    api: urlOf(apiPort),
    receiver,
    worker,
    services: [...receivers, ...workers],
  };
}

const urlOf = (port: string): string => `http://127.0.0.1:${port}/`;

const freePorts = (count: number): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, freePort));
