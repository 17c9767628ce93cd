import { connect } from "node:net";

/** The servers that tests use, each at its usual address unless the environment says otherwise. */
export type TestedEngine = "amqp" | "redis" | "postgres" | "nats";
export const engineUrls: Readonly<Record<TestedEngine, string>> = {
  amqp: process.env["AMQP_URL"] ?? "amqp://guest:guest@127.0.0.1:5672",
  redis: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379",
  postgres: process.env["PG_URL"] ?? "postgres://postgres@127.0.0.1:5432/test",
  nats: process.env["NATS_URL"] ?? "nats://127.0.0.1:4222",
};

/**
 * True if the server answers. Without it its tests are skipped; but in CI it is always true, so there they fail.
 * `scripts/engines.sh` installs and starts what is missing.
 */
export async function answers(engine: TestedEngine): Promise<boolean> {
  return process.env["CI"] === "true" || (await listens(engineUrls[engine]));
}

function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 1_000 });
    const end = (is: boolean) => (): void => {
      socket.destroy();
      resolve(is);
    };
    socket.on("connect", end(true)).on("error", end(false)).on("timeout", end(false));
  });
}
