import { describe, expect, test } from "vitest";
import {
  days,
  duration,
  engineUrl,
  headerText,
  oneOf,
  type Parser,
  path,
  size,
  text,
  webhookPath,
  wholeNumber,
} from "./parsers.ts";

const engine = engineUrl(["amqp"]);

const port = wholeNumber(0, 65_535);
const bytes = size(0, 1_073_741_824);
const span = duration(1, 86_400_000);

describe("what can be used", () => {
  test.for<[Parser<unknown>, unknown, unknown]>([
    [port, "8080", 8_080],
    [port, 0, 0],
    [wholeNumber(1, 100_000), "10_000", 10_000],
    [bytes, "500kb", 512_000],
    [bytes, "16 MB", 16_777_216],
    [bytes, "1.5MiB", 1_572_864],
    [bytes, 1_024, 1_024],
    [bytes, "1_024kb", 1_048_576],
    [bytes, "0.0001mb", 105],
    [bytes, "0", 0],
    [bytes, "1gb", 1_073_741_824],
    [span, "30s", 30_000],
    [span, "5m", 300_000],
    [span, "5 min", 300_000],
    [span, "24h", 86_400_000],
    [span, "1d", 86_400_000],
    [span, "1", 1],
    [span, "250", 250],
    [days(7, 100), "30d", 30],
    [oneOf(["info", "warn"]), "warn", "warn"],
    [text("a name"), "x y", "x y"],
    [headerText("a token"), "t", "t"],
    [headerText("a token"), "a b c", "a b c"],
    [webhookPath, "/", "/"],
    [webhookPath, "/hooks/comapi-1", "/hooks/comapi-1"],
    [webhookPath, "/apis", "/apis"],
    [webhookPath, "/a//b.c/%41/'(x)'/", "/a//b.c/%41/'(x)'/"],
    [engine, "sqlite:", "sqlite:"],
    [engine, "sqlite:/var/lib/hookwell/queue.db", "sqlite:/var/lib/hookwell/queue.db"],
    [engine, "sqlite:///var/lib/hookwell/queue.db", "sqlite:///var/lib/hookwell/queue.db"],
    [engine, "sqlite:///queue.db", "sqlite:///queue.db"],
    [engine, "sqlite:/queue.db", "sqlite:/queue.db"],
    [engine, "memory:", "memory:"],
    [engine, "amqp://me:secret@one,two/host?name=a", "amqp://me:secret@one,two/host?name=a"],
  ])("%# %s", ([parse, raw, value]) => {
    expect(parse(raw)).toEqual({ value });
  });
});

describe("what cannot be used", () => {
  test.for<[Parser<unknown>, unknown]>([
    [port, "65536"],
    [port, "-1"],
    [port, "80.5"],
    [port, "0x50"],
    [port, " 80"],
    [port, ""],
    [port, 80.5],
    [port, null],
    [port, [80]],
    [bytes, "16tb"],
    [bytes, "mb"],
    [bytes, true],
    [bytes, "2gb"],
    [span, "5 weeks"],
    [span, "0"],
    // As a module that is imported whole, which has no prototype.
    [span, Object.create(null)],
    [path("a path"), Object.create(null)],
    [path("a path"), "redis://localhost"],
    [days(7, 100), "6"],
    [oneOf(["info", "warn"]), "WARN"],
    [text("a name"), "  "],
    [text("a name"), "a\u0000b"],
    [text("a name"), "a\u007fb"],
    [text("a name"), 7],
    [webhookPath, "hooks"],
    [webhookPath, "/api"],
    [webhookPath, "/api/v1"],
    [webhookPath, "/console"],
    [webhookPath, "/healthz"],
    [webhookPath, "/readyz"],
    [webhookPath, "/metrics"],
    [webhookPath, "/a?b"],
    [webhookPath, "/a b"],
    [webhookPath, "//"],
    [webhookPath, "//elsewhere/hooks"],
    [webhookPath, "/a/../b"],
    [webhookPath, "/./a"],
    [webhookPath, "/a/%2e%2E"],
    [engine, "SQLITE:"],
    [engine, "sqlite:x.db?name=a"],
    [engine, "kafka://localhost"],
    [engine, "amqp://localhost?schema=a"],
    [engine, "amqp://me:a/b@localhost"],
    [engine, ""],
  ])("%# %s", ([parse, raw]) => {
    expect(parse(raw)).toEqual({ expected: expect.any(String) as string });
  });
});

test.for(['"amqp://me:secret@localhost"', "'postgres://localhost/one'", '"sqlite:"', '"amqp://localhost'])(
  "a URL with the quotes of a file around it is told so: %s",
  (raw) => {
    expect(engine(raw)).toEqual({ expected: expect.stringContaining("it without the quotes") as string });
  },
);

test.for([
  ["sqlite://", "two slashes"],
  ["sqlite://queue.db", "two slashes"],
  ["sqlite://./queue.db", "two slashes"],
  ["sqlite://data/queue.db", "two slashes"],
  ["sqlite://:memory:", "memory: for one in the memory"],
  ["sqlite::memory:", "memory: for one in the memory"],
] as const)("%s is told from the file of that path", ([raw, says]) => {
  expect(engine(raw)).toEqual({ expected: expect.stringContaining(says) as string });
});

test("says of a path with a space in it how to write that", () => {
  const said = webhookPath("/a b");

  expect(said).toMatchObject({ expected: expect.stringContaining("a space as %20, and no ? or #") });
});
