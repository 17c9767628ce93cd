import { describe, expect, test } from "vitest";
import { QueueUnavailableError } from "../../errors.ts";
import { whyAway } from "./why-away.ts";

const coded = (code: string, message = `connect ${code}`): Error =>
  Object.assign(new Error(message), { code });
/** As a driver passes on what its client says. */
const behind = (cause: unknown): Error => new QueueUnavailableError("The queue cannot be used.", { cause });

describe("why a server cannot be used", () => {
  test.for([
    ["ECONNREFUSED", "nothing listens there", "Start the server, or correct host and port."],
    ["ENOTFOUND", "there is no host with this name", "Correct the name."],
    [
      "EAI_AGAIN",
      "the name of the host cannot be resolved at the moment",
      "Can this machine reach its DNS server?",
    ],
    ["EHOSTUNREACH", "there is no route to that host", /a network that this machine can reach/],
    ["ENETUNREACH", "there is no route to that host", /a network that this machine can reach/],
  ] as const)("%s, by itself, behind another error or among several: %s", ([code, reason, cure]) => {
    const errors = [
      coded(code),
      behind(coded(code)),
      behind(new AggregateError([coded(code), coded("EOTHER")])),
    ];

    for (const error of errors) {
      const why = whyAway(error, "redis://here");
      expect(why.reason).toBe(reason);
      expect(why.cure).toMatch(cure);
    }
  });

  test.each([
    "connect ETIMEDOUT: timeout",
    "Connection time-out",
    "the query timed out",
    "Socket closed: it disconnects client",
    "The server does not answer",
    "no answer",
    "its queues are still being declared",
  ])("is that it does not answer: %s", (message) => {
    expect(whyAway(behind(new Error(message)), "redis://here").reason).toBe("it does not answer");
  });

  test("may be a pooler that has no connection left, which then says nothing either", () => {
    const silent = behind(new Error("timeout expired"));

    expect(whyAway(silent, "postgresql://here").cure).toMatch(/ A pooler .* default_pool_size.*[.]$/);
    expect(whyAway(silent, "redis://here").cure).not.toContain("pooler");
  });

  test.each(["Connection terminated unexpectedly", "read ECONNRESET", "it hangs up", "undefined error"])(
    "is that it hangs up: %s",
    (message) => {
      expect(whyAway(behind(new Error(message)), "redis://here").reason).toBe("it hangs up");
    },
  );

  test.for([
    ["rediss://here", "rediss://", "redis://"],
    ["redis://here", "rediss://", "redis://"],
    ["amqps://here", "amqps://", "amqp://"],
    ["nats://here", "tls://", "nats://"],
    ["tls://here", "tls://", "nats://"],
    ["postgresql://here", "?sslmode=require", "?sslmode=disable"],
  ] as const)("may be TLS, as the URL says it: %s", ([url, withTls, without]) => {
    const { cure } = whyAway(new Error("no answer"), url);

    expect(cure).toMatch(/^Is the server up/);
    expect(cure).toContain(`is TLS spoken there (${withTls}) or not (${without})?`);
  });

  test.for([
    ['query would be affected by row-level security policy for table "message"', /^Disable it/],
    ["permission denied for table event", /docs\/engines\/postgres[.]md/],
    ["knows no master main", /[?]sentinel=NAME/],
    ["READONLY You can't write against a read only replica.", /^Also name the server that takes writes/],
    ["cannot set transaction read-write mode during recovery", /promote a standby/],
    ["cannot execute INSERT in a read-only transaction", /promote a standby/],
    ["no responders: '$JS.hub.API.STREAM.INFO.hookwell'", /[?]domain=/],
    ["certificate is not yet valid", /^Is the clock of this machine right[?] .* new certificate[.]$/],
    ["certificate has expired", /^Is the clock of this machine right[?] .* new certificate[.]$/],
    ["WRONGPASS invalid username-password pair.", /^The server says so/],
  ] as const)("is what it says: %s", ([message, cure]) => {
    const why = whyAway(behind(new Error(message)), "redis://here");

    expect(why.reason).toBe(message.replace(/\.$/, ""));
    expect(why.cure).toMatch(cure);
  });

  // A server says it in its own language; the code is the same in each.
  test.for([
    [
      "25006",
      "INSERT kann nicht in einer Read-Only-Transaktion ausgeführt werden",
      /default_transaction_read_only/,
    ],
    ["53300", "tut mir leid, schon zu viele Verbindungen", /^Raise max_connections/],
    ["42P01", "Relation »hookwell.event« existiert nicht", /^Tables are gone: restore them from a backup/],
    ["3F000", "Schema »hookwell« existiert nicht", /^Tables are gone: restore them from a backup/],
    ["08P01", "no more connections allowed (max_client_conn)", /^Raise max_client_conn of PgBouncer/],
  ] as const)("is what PostgreSQL says with the code %s", ([code, message, cure]) => {
    const why = whyAway(behind(coded(code, message)), "postgres://here");

    expect(why.reason).toBe(message);
    expect(why.cure).toMatch(cure);
  });

  test("is what was thrown, if that is no error", () => {
    expect(whyAway("gone", "redis://here")).toMatchObject({ reason: "gone" });
  });
});

test("a server that does not accept our certificate is told from one that is silent", () => {
  const alert = Object.assign(new Error("C0:error:0A000415:SSL routines:ssl3_read_bytes:alert\n"), {
    code: "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED",
  });

  expect(whyAway(new Error("NATS is not reached.", { cause: alert }), "tls://me@host")).toEqual({
    reason: "it refuses the client certificate (ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED)",
    cure: "Name a client certificate, not expired and issued by an authority that the server trusts, with ?certfile= and ?keyfile=.",
  });
});
