/** A key of the query of an engine's URL. */
export interface EngineKey {
  /** Schemes of the URLs that may have it. */
  readonly schemes: readonly string[];
  /** What it is, for people: without a full stop. */
  readonly says: string;
  /** Its values, if they are few; else it is a name or a path of the user's. */
  readonly takes?: Values;
  /** What holds without it: a value, or words for people. */
  readonly otherwise: string;
}

interface Values {
  readonly matches: RegExp;
  /** For people, to whom it is also said where a value does not match. */
  readonly words: string;
}

const amqp = ["amqp", "amqps"];
const redis = ["redis", "rediss"];
const nats = ["nats", "tls"];
const postgres = ["postgres", "postgresql"];
const secure = ["amqps", "rediss", "tls"];

/** Keys that hold with a value where they are left out. */
type KeyWithDefault = "name" | "schema" | "heartbeat" | "prefetch" | "cluster" | "wait" | "sslmode";

/** All keys. `name` and `schema` keep several Hookwells on one server apart. */
export const engineKeys: Readonly<Record<KeyWithDefault, EngineKey> & Record<string, EngineKey>> = {
  name: {
    schemes: [...amqp, ...redis, ...nats],
    says: "Prefix of every name on the server",
    takes: { matches: /^[\w-]{1,64}$/, words: "1 to 64 letters, digits, _ and -" },
    otherwise: "hookwell",
  },
  schema: {
    schemes: postgres,
    says: "Schema of the tables",
    takes: {
      matches: /^(?!pg_)[a-z_][a-z0-9_]{0,47}$/,
      words: "1 to 48 lower-case letters, digits and _, not starting with a digit or pg_",
    },
    otherwise: "hookwell",
  },
  heartbeat: {
    schemes: amqp,
    says: "Seconds between signs of life",
    takes: {
      matches: /^[1-6]$/,
      words:
        "1 to 6; with more, a worker that hangs would still hold its shards when another takes them over (after 20 s)",
    },
    otherwise: "5",
  },
  prefetch: {
    schemes: amqp,
    says: "Events of a shard that a worker may hold",
    takes: { matches: /^([1-9]\d{0,3}|10000)$/, words: "1 to 10000" },
    otherwise: "1000",
  },
  sentinel: {
    schemes: redis,
    says: "Name of the master; the hosts are its sentinels",
    otherwise: "the hosts are servers",
  },
  cluster: {
    schemes: redis,
    says: "Whether the hosts are nodes of a cluster",
    takes: { matches: /^(true|false)$/, words: "true or false" },
    otherwise: "false",
  },
  wait: {
    schemes: redis,
    says: "Replicas that must have an event before it is accepted",
    takes: { matches: /^\d{1,2}$/, words: "0 to 99" },
    otherwise: "0",
  },
  replicas: {
    schemes: nats,
    says: "Copies of each event in a cluster",
    takes: { matches: /^[1-5]$/, words: "1 to 5" },
    otherwise: "as the stream has it; 1 for a new one",
  },
  domain: {
    schemes: nats,
    says: "JetStream domain of the queue, where the hosts are leaf nodes",
    takes: { matches: /^[\w-]{1,64}$/, words: "1 to 64 letters, digits, _ and -" },
    otherwise: "that of the hosts",
  },
  passwordfile: {
    schemes: [...amqp, ...redis, ...nats, ...postgres],
    says: "File of the password (with NATS, of the token if the URL has no user), read for each connection",
    otherwise: "the password of the URL",
  },
  credsfile: { schemes: nats, says: "Credentials file, instead of user and password", otherwise: "none" },
  cacertfile: { schemes: secure, says: "File of certificates to trust, PEM", otherwise: "those of Node" },
  certfile: { schemes: secure, says: "File of the client certificate, PEM", otherwise: "none" },
  keyfile: { schemes: secure, says: "File of its private key, PEM", otherwise: "none" },
  target_session_attrs: {
    schemes: postgres,
    says: "Which kind of server to connect to; changes nothing",
    takes: { matches: /^(read-write|primary)$/, words: "read-write or primary, since Hookwell writes" },
    otherwise: "read-write",
  },
  sslmode: {
    schemes: postgres,
    says: "Whether to use TLS, and which certificates to accept (require accepts any, unless sslrootcert is set)",
    // Without libpq's `prefer` and `allow`, which protect nobody.
    takes: {
      matches: /^(disable|require|verify-ca|verify-full)$/,
      words: "disable, require, verify-ca or verify-full",
    },
    otherwise: "disable",
  },
  sslrootcert: { schemes: postgres, says: "File of certificates to trust, PEM", otherwise: "those of Node" },
  sslcert: { schemes: postgres, says: "File of the client certificate, PEM", otherwise: "none" },
  sslkey: { schemes: postgres, says: "File of its private key, PEM", otherwise: "none" },
};

/** The value of a key: that of the URL, or the one that holds without it. */
export const valueOf = (keys: ReadonlyMap<string, string>, key: KeyWithDefault): string =>
  keys.get(key) ?? engineKeys[key].otherwise;

/** Names of the keys that a URL of this scheme may have. */
export const keysOf = (scheme: string): readonly string[] =>
  Object.entries(engineKeys).flatMap(([name, { schemes }]) => (schemes.includes(scheme) ? name : []));
