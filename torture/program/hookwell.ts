import { steadyPort } from "./port.ts";
import { Service, type ServiceOptions } from "./service.ts";

/** Everything in one process, or the two halves apart. */
export type Shape = "serve" | "split";

/** A Hookwell under supervision: what faults act upon, and what clients talk to. */
export interface Hookwell {
  readonly shape: Shape;
  /** Where deliveries go, with a slash at the end. */
  readonly endpoint: string;
  /** Where the API is. */
  readonly api: string;
  /** The process that receives and the one that handles; the same one if all is in one. */
  readonly receiver: Service;
  readonly worker: Service;
  /** Each process once. */
  readonly services: readonly Service[];
}

export interface HookwellOptions extends Pick<ServiceOptions, "nextGeneration" | "onExit"> {
  readonly shape: Shape;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function hookwellOf(options: HookwellOptions): Promise<Hookwell> {
  const { shape, cwd, env } = options;
  const serviceOf = (command: "serve" | "receive" | "process", port: number): Service =>
    new Service({ ...options, start: () => ({ command, cwd, env: { ...env, PORT: String(port) } }) });
  const [port, otherPort] = [await steadyPort(), await steadyPort()];
  const endpoint = `http://127.0.0.1:${port}/`;
  if (shape === "serve") {
    const service = serviceOf("serve", port);
    return { shape, endpoint, api: endpoint, receiver: service, worker: service, services: [service] };
  }
  const [receiver, worker] = [serviceOf("receive", port), serviceOf("process", otherPort)];
  return {
    shape,
    endpoint,
    api: `http://127.0.0.1:${otherPort}/`,
    receiver,
    worker,
    services: [receiver, worker],
  };
}
