import { expect, test } from "vitest";
import { ConfigError } from "../../../../errors.ts";
import { isFull, isLoginRefused, isMemoryFull, isMisplaced, movedTo, refusalOf } from "./refusal.ts";
import { redisPlace } from "./url.ts";

const oom = "OOM command not allowed when used memory > 'maxmemory'.";

/** The words of Redis 8 for a command, for a transaction and for a script, and those of Redis 6.2 for scripts. */
const said = (reason: string): readonly Error[] =>
  [
    reason,
    `EXECABORT Transaction discarded because of: ${reason}`,
    `${reason} script: e5d58853ca94055cbc57fdf757fddf67be520617, on @user_script:1.`,
    `@user_script: 1: -${reason}`,
    `ERR Error running script (call to f_e5d58853): @user_script:1: @user_script: 1: -${reason}`,
  ].map((text) => new Error(text));

test.for(said(oom))("a full memory is known by: %s", (error) => {
  expect([isFull(error), isMemoryFull(error), isMisplaced(error)]).toEqual([true, true, false]);
});

test.for(said("NOREPLICAS Not enough good replicas to write."))(
  "missing replicas are known by: %s",
  (error) => {
    expect([isFull(error), isMemoryFull(error), isMisplaced(error)]).toEqual([true, false, false]);
  },
);

test.for(said("READONLY You can't write against a read only replica."))(
  "a replica is known by: %s",
  (error) => {
    expect([isFull(error), isMisplaced(error)]).toEqual([false, true]);
  },
);

test.for(
  said(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled.",
  ),
)("a full disk is known by: %s", (error) => {
  expect([isFull(error), isMemoryFull(error), isMisplaced(error)]).toEqual([true, false, false]);
});

test.for([
  "MOVED 3999 10.0.0.7:6379",
  "ASK 3999 10.0.0.7:6379",
  "CLUSTERDOWN The cluster is down",
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  "LOADING Redis is loading the dataset in memory",
  "NOAUTH Authentication required.",
  "ERR WAIT cannot be used with replica instances. Please also note that writes to replicas are just local",
])("that another server must be looked for is known by: %s", (text) => {
  expect([isFull(new Error(text)), isMisplaced(new Error(text))]).toEqual([false, true]);
});

test.for([
  ["MOVED 3999 10.0.0.7:6379", { host: "10.0.0.7", port: 6379 }],
  ["MOVED 3999 2001:db8::7:6379", { host: "2001:db8::7", port: 6379 }],
  // The node does not know its own address yet.
  ["MOVED 3999 :6379", undefined],
  ["ASK 3999 10.0.0.7:6379", undefined],
] as const)("%s names the node %o", ([text, node]) => {
  expect(movedTo(new Error(text))).toEqual(node);
});

test.for([
  "WRONGPASS invalid username-password pair or user is disabled.",
  "NOAUTH Authentication required.",
  "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
])("a refused login is known by, and told with what to write: %s", (text) => {
  const error = new Error(text);
  const told = (url: string): string | undefined => refusalOf(error, redisPlace(url))?.message;

  expect(isLoginRefused(error)).toBe(true);
  expect(told("redis://one")).toContain(
    "names no password, and Redis at redis://one asks for one; write redis://user",
  );
  expect(told("redis://app:secret@one")).toMatch(/names a user or password that Redis at \S+ refuses/);
});

test("what a key of another program is called is no reason", () => {
  const error = new Error("WRONGTYPE Operation against a key holding the wrong kind of value: OOM");

  expect([isFull(error), isMisplaced(error)]).toEqual([false, false]);
});

test.for(["ERR DB index is out of range", "ERR SELECT is not allowed in cluster mode"])(
  "a database that is not there is told by: %s",
  (text) => {
    const told = refusalOf(new Error(text), redisPlace("redis://one/3"));

    expect(told?.message).toMatch(/names a database that Redis at \S+ does not have; use \/0/);
  },
);

test("a node of a cluster is told from a server of its own, with the key that is missing", () => {
  const error = new Error("MOVED 3999 10.0.0.7:6379");

  expect(refusalOf(error, redisPlace("redis://one"))?.message).toContain("add ?cluster=true");
});

test("what already says what to write stays as it is", () => {
  const error = new ConfigError(["HOOKWELL_QUEUE needs the package redis; install it."]);

  expect(refusalOf(error, redisPlace("redis://one"))).toBe(error);
});

/** Those of Redis 8 and 6.2 for scripts stand behind another code, or none. */
test.for([
  "NOPERM User app has no permissions to run the 'evalsha' command",
  "ERR ACL failure in script: User app has no permissions to run the 'zadd' command script: e5d58853ca94055cbc57.",
  "ERR Error running script (call to f_e5d58853): @user_script:1: The user executing the script can't run this command or subcommand",
])("a missing permission is known by: %s", (text) => {
  const told = refusalOf(new Error(text), redisPlace("redis://app:secret@127.0.0.1"));

  expect(told?.message).toContain("names a user who lacks permissions");
});

test("a sentinel that is asked as if it were a server is told from one, with the key that is missing", () => {
  const error = new Error("ERR unknown command 'EVALSHA', with args beginning with: '668c'");

  const told = refusalOf(error, redisPlace("redis://one:26379,two:26379"));

  expect(told?.message).toMatch(/^HOOKWELL_QUEUE .* if they are sentinels, add \?sentinel= /);
  expect(refusalOf(error, redisPlace("redis://one?sentinel=main"))).toBeUndefined();
});

test.for(["EVAL", "EVALSHA"])(
  "a server from which rename-command took %s is told, without a script",
  (command) => {
    const error = new Error(`ERR unknown command '${command}', with args beginning with: ' local group = '`);

    const told = refusalOf(error, redisPlace("redis://one"));

    expect(told?.message).toMatch(/know no scripts .* leave EVAL and EVALSHA out of rename-command/);
    expect(told?.message).not.toContain("local group");
  },
);

test("a certificate for another host is told with the host, which sentinels or nodes may have named", () => {
  const error = Object.assign(new Error("Hostname/IP does not match certificate's altnames"), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
    host: "10.0.0.7",
  });
  const told = (url: string): string | undefined => refusalOf(error, redisPlace(url))?.message;

  expect(told("rediss://one")).toMatch(
    /certificate there is not for 10[.]0[.]0[.]7; name the host as it does[.]$/,
  );
  expect(told("rediss://one?sentinel=main")).toMatch(/sentinel announce-hostnames/);
  expect(told("rediss://one?cluster=true")).toMatch(/cluster-announce-hostname/);
});
