/** A key of the query of an engine's URL. */
export interface EngineKey {
  /** Schemes of the URLs that may have it. */
  readonly schemes: readonly string[];
  /** A sentence for people. */
  readonly says: string;
  /** What holds without it, for people. */
  readonly otherwise: string;
}

const [amqp, redis, nats] = [
  ["amqp", "amqps"],
  ["redis", "rediss"],
  ["nats", "tls"],
];
const postgres = ["postgres", "postgresql"];
const secure = ["amqps", "rediss", "tls"];

/** All keys. `name` and `schema` keep several Hookwells on one server apart. */
export const engineKeys: Readonly<Record<string, EngineKey>> = {
  name: {
    schemes: [...amqp, ...redis, ...nats],
    says: "Begins the name of everything on the server: 1 to 64 letters, digits, _ and -.",
    otherwise: "hookwell",
  },
  schema: {
    schemes: postgres,
    says: "Schema of the tables: 1 to 48 lower-case letters, digits and _, no digit and no pg_ first.",
    otherwise: "hookwell",
  },
  heartbeat: { schemes: amqp, says: "Seconds between signs of life, 1 to 6.", otherwise: "5" },
  prefetch: {
    schemes: amqp,
    says: "Events of a shard that a worker may hold, 1 to 10000.",
    otherwise: "1000",
  },
  sentinel: {
    schemes: redis,
    says: "Name of the master; the hosts are its sentinels.",
    otherwise: "the hosts are servers",
  },
  cluster: { schemes: redis, says: "true: the hosts are nodes of a cluster.", otherwise: "false" },
  wait: {
    schemes: redis,
    says: "Replicas that must have an event before it is accepted, up to 99.",
    otherwise: "0",
  },
  replicas: {
    schemes: nats,
    says: "Copies of each event in a cluster, 1 to 5.",
    otherwise: "as the stream has it; 1 for a new one",
  },
  credsfile: { schemes: nats, says: "File of credentials, instead of a login.", otherwise: "none" },
  cacertfile: { schemes: secure, says: "File of certificates to trust, PEM.", otherwise: "those of Node" },
  certfile: { schemes: secure, says: "File of our own certificate, PEM.", otherwise: "none" },
  keyfile: { schemes: secure, says: "File of its private key, PEM.", otherwise: "none" },
  target_session_attrs: {
    schemes: postgres,
    says: "read-write or primary, which changes nothing: of several hosts the one that takes writes is used.",
    otherwise: "read-write",
  },
  sslmode: {
    schemes: postgres,
    says: "disable, require (TLS; any certificate, unless sslrootcert is there), verify-ca or verify-full.",
    otherwise: "disable",
  },
  sslrootcert: { schemes: postgres, says: "File of certificates to trust, PEM.", otherwise: "those of Node" },
  sslcert: { schemes: postgres, says: "File of our own certificate, PEM.", otherwise: "none" },
  sslkey: { schemes: postgres, says: "File of its private key, PEM.", otherwise: "none" },
};

/** Names of the keys that a URL of this scheme may have. */
export const keysOf = (scheme: string): readonly string[] =>
  Object.entries(engineKeys).flatMap(([name, { schemes }]) => (schemes.includes(scheme) ? name : []));
