import { expect, test } from "vitest";
import { nameOfEngine, parseEngineUrl } from "./engine-url.ts";

test("a URL is taken apart, and its password is not shown", () => {
  const url = parseEngineUrl("amqps://me:p%40ss%3Aw@one:5671,[::1]:5672,three/v%2Fhost?name=orders");

  expect(url).toMatchObject({ scheme: "amqps", user: "me", password: "p@ss:w", path: "/v%2Fhost" });
  expect(url.hosts).toEqual([
    { host: "one", port: 5671 },
    { host: "::1", port: 5672 },
    { host: "three", port: 5671 },
  ]);
  expect(url.keys.get("name")).toBe("orders");
  expect(url.shown).toBe("amqps://me@one:5671,[::1]:5672,three/v%2Fhost");
});

test.each([
  ["nats://t0ken@host:4222", "nats://host:4222"],
  ["tls://t0ken@one,two", "tls://one,two"],
  ["nats://me:hunter2@host", "nats://me@host"],
  ["redis://me@host", "redis://me@host"],
  ["nats://me@host?passwordfile=/secret", "nats://me@host"],
])("%s is shown as %s: a user of NATS without a password is a token", (text, shown) => {
  expect(parseEngineUrl(text).shown).toBe(shown);
});

test("what is left out is this machine, without a login", () => {
  const url = parseEngineUrl("redis://");

  expect(url).toMatchObject({ user: undefined, password: undefined, path: "", shown: "redis://" });
  expect(url.hosts).toEqual([{ host: "127.0.0.1", port: 6379 }]);
});

test.each([
  ["amqp://one", 5672],
  ["AMQPS://one", 5671],
  ["redis://one", 6379],
  ["rediss://one?sentinel=orders", 26379],
  ["nats://one", 4222],
  ["tls://one", 4222],
  ["postgresql://one", 5432],
])("%s has its server on port %i, as all programs of that kind do", (text, port) => {
  expect(parseEngineUrl(text).hosts).toEqual([{ host: "one", port }]);
});

test("a password without a user is one", () => {
  expect(parseEngineUrl("redis://:secret@host")).toMatchObject({ user: undefined, password: "secret" });
});

test.each([
  ["amqp:localhost", /of the form scheme:\/\//],
  ["amqp://me:hunter2@host?passwordfile=/secret", /^has a password and \?passwordfile=; keep one of them$/],
  ["amqp://me:hunter@two@host", /%40/],
  ["amqp://me:hunter/two@host", /%2F/],
  ["amqp://me:pass?hunter@host", /%3F/],
  ["amqp://me:pass?name=a&hunter=two@host", /%3F/],
  ["amqp://host:65536", /names a port that is none/],
  ["amqp://host:0", /names a port that is none/],
  ["redis://:123456789", /^names a port that is none: they go from 1 to 65535$/],
  ["redis://%2Frun%2Fredis.sock", /host with a %; .* only for PostgreSQL/],
  ["nats://one,t%77o", /host with a %/],
  ["amqp://::1:5672", /host and port, such as .*\[::1\]/],
  ["postgres://me@one, two/db", /host and port/],
  // A variable that is not set, and not a server of this machine.
  ["postgres://me@one:5432,/db", /comma without a host/],
  ["redis://one,,two", /comma without a host/],
  ["amqp://host?name=a/b", /\?name=/],
  ["postgres://host?schema=Upper", /\?schema=/],
  // PostgreSQL keeps these names for itself, and refuses them only when the schema is made.
  ["postgres://host?schema=pg_hooks", /\?schema= .* not starting with .* pg_/],
  // A channel of notifications is named after it, with a prefix, and has 63 bytes.
  [`postgres://host?schema=${"a".repeat(49)}`, /\?schema= that is not 1 to 48/],
  ["amqp://host?heartbeat=60", /\?heartbeat= that is not 1 to 6; /],
  ["redis://host?wait=some", /\?wait= that is not 0 to 99/],
  ["redis://host?cluster=yes", /\?cluster= that is not true or false/],
  ["nats://host?replicas=6", /\?replicas= that is not 1 to 5/],
  ["postgres://host?sslmode=prefer", /\?sslmode= that is not disable, /],
  ["postgres://one,two?target_session_attrs=standby", /\?target_session_attrs= that is not read-write /],
  // Each value as a whole.
  ["amqp://host?heartbeat=15", /\?heartbeat= that is not /],
  ["amqp://host?prefetch=10001", /\?prefetch= that is not /],
  ["redis://host?wait=100", /\?wait= that is not /],
  ["redis://host?cluster=untrue", /\?cluster= that is not /],
  ["nats://host?replicas=15", /\?replicas= that is not /],
  ["postgres://host?schema=my-hooks", /\?schema= that is not /],
  ["postgres://host?sslmode=not-require", /\?sslmode= that is not /],
  ["postgres://host?target_session_attrs=not-primary", /\?target_session_attrs= that is not /],
  ["postgres://me@/db?host=/run", /has \?host=; write the host behind the \/\/, .* as %2F/],
  ["amqp://host?schema=x", /has \?schema=; amqp: knows name, heartbeat/],
  ["redis://host?name=one&name=two", /has \?name= twice/],
  ["amqp://me:%zz@host", /%25/],
])("%s is refused without the password", (text, reason) => {
  expect(() => parseEngineUrl(text)).toThrow(RangeError);
  expect(() => parseEngineUrl(text)).toThrow(reason);
  expect(() => parseEngineUrl(text)).not.toThrow(/hunter|zz/);
});

test.each([
  ["sqlite:///data/a#b/queue.db", "sqlite:///data/a#b/queue.db"],
  ["memory:", "memory:"],
  ["nats://host?name=orders", "nats://host?name=orders"],
  ["postgresql://host/db?schema=orders", "postgresql://host/db?schema=orders"],
  ["REDIS://user:password@host/0?name=orders", "REDIS://host/0?name=orders"],
])("%s is named %s: a file is no server, whatever its path", (url, name) => {
  expect(nameOfEngine(url)).toBe(name);
});

test.each(["redis://%host/0", "amqp://%host/vhost", "amqp://%host", "postgres://%one,two/db?schema=orders"])(
  "the queue %s is the same one for every user: a receiver may have fewer rights than a worker",
  (url) => {
    const [one, other] = ["receiver:a@", "worker:b@"].map((user) => nameOfEngine(url.replace("%", user)));

    expect(one).toBe(other);
  },
);

test.each(["nats://%host", "tls://%host?name=orders", "postgres://%host", "postgresql://%host/"])(
  "the queue %s is another one for another user: of another account, or in a database with the user's name",
  (url) => {
    const [one, other] = ["one:a@", "two:b@"].map((user) => nameOfEngine(url.replace("%", user)));

    expect(one).not.toBe(other);
  },
);
