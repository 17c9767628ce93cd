import type { EngineReport } from "../../api/contract.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** The page of docs/engines about a server, by the first word of what it says of itself. */
const pages: Readonly<Record<string, string>> = {
  PostgreSQL: "postgres",
  RabbitMQ: "rabbitmq",
  Redis: "redis",
  Valkey: "redis",
  NATS: "nats",
};

/**
 * What an engine is and keeps, and what ought to be changed.
 *
 * @param report null if it does not answer the server that has it
 */
export function reportChecks(topic: string, report: EngineReport | null): readonly Check[] {
  if (report === null) {
    return [fail(topic, "It does not answer the Hookwell that doctor asked.", "The log there says why.")];
  }
  const { engine, durability, warnings } = report;
  const page = pages[engine.split(" ", 1)[0] ?? ""];
  const inGeneral = `docs/engines${page === undefined ? "" : `/${page}`}.md says how to set up the server.`;
  const checks = warnings.map((warning) => {
    const [says = "", cure = inGeneral] = warning.split(/(?<=\.) ([A-Z].+)/s, 2);
    return warn(topic, says, cure);
  });
  return [ok(topic, `${engine}: ${durability}`), ...checks];
}
