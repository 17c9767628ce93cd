import { isIP } from "node:net";

/** A server that the URL of an engine names. */
export interface EngineHost {
  readonly host: string;
  readonly port: number;
}

const usualPorts: Readonly<Record<string, number>> = {
  amqp: 5_672,
  amqps: 5_671,
  redis: 6_379,
  rediss: 6_379,
  nats: 4_222,
  tls: 4_222,
  postgres: 5_432,
  postgresql: 5_432,
};
const usualSentinelPort = 26_379;

/** Where the hosts of such a URL listen that stand there without a port; 0 if no engine has this scheme. */
export const usualPortOf = (scheme: string, keys: ReadonlyMap<string, string>): number =>
  keys.has("sentinel") ? usualSentinelPort : (usualPorts[scheme] ?? 0);

/** A host as it stands in a URL. @throws {RangeError} if it is none */
export function hostOf(text: string, usualPort: number): EngineHost {
  const [, six, name, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]*))(?::(\d+))?$/i.exec(text) ?? [];
  const host = six ?? name;
  if (host === undefined)
    throw new RangeError("names no host and port, such as 127.0.0.1:5672 or [::1]:5672");
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    throw new RangeError("names a port that is none: they go from 1 to 65535");
  return { host: host === "" ? "127.0.0.1" : host, port: port === undefined ? usualPort : Number(port) };
}

/** With its port, as in a URL. */
export const addressOf = ({ host, port }: EngineHost): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** An option of `node:tls`: an address is not a server name, and Node warns if it is given as one. */
export const serverNameOf = (host: string): { readonly servername?: string } =>
  isIP(host) === 0 ? { servername: host } : {};
