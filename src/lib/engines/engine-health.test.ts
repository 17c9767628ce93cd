import { expect, test } from "vitest";
import { ConfigError } from "../../errors.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { EngineHealth } from "./engine-health.ts";

const cut = new Error("read ECONNRESET");
const refusal = (why: string): ConfigError => new ConfigError([why]);

test("each time that a server is lost is told once, and that it is back once all connections are there", () => {
  const { log, facts } = recordedLog();
  const health = new EngineHealth("queue", "amqp://one", log);

  for (let time = 0; time < 2; time += 1) {
    health.lost(cut, "sending");
    health.lost(new Error("connect ECONNREFUSED"), "taking");
    expect(health.works("sending")).toBe(false);
    expect(health.works("taking")).toBe(true);
    health.works("taking");
  }

  const once = ["queue.engine_lost", "queue.engine_back"];
  expect(facts()).toEqual([...once, ...once]);
});

test("a connection that is yet to be made keeps a server from being back", () => {
  const { log, facts } = recordedLog();
  const health = new EngineHealth("ledger", "postgres://one", log);
  health.expects("taking");

  health.lost(cut, "sending");

  expect(health.works("sending")).toBe(false);
  expect(health.works("taking")).toBe(true);
  expect(facts()).toEqual(["ledger.engine_lost", "ledger.engine_back"]);
});

test("each reason of a refusal is named once, until the server is back", () => {
  const { log, lines } = recordedLog();
  const health = new EngineHealth("queue", "amqp://one", log);
  for (const error of [cut, refusal("no right"), cut, refusal("no right"), refusal("no host")]) {
    health.lost(error);
  }
  health.works();
  health.lost(refusal("no right"));

  const told = lines.map(({ fact, fields }) => fields["error"] ?? fact);
  const [noRight, noHost] = [refusal("no right").message, refusal("no host").message];
  expect(told).toEqual([cut.message, noRight, noHost, "queue.engine_back", noRight]);
});
