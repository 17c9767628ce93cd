import type { ReadyResponse } from "../../../src/api/health.ts";
import { join } from "node:path";
import { testApi, type TestApi } from "./api.ts";
import { apiServer } from "../network/api-server.ts";
import { type CliWorld, type Finished, folderThatAnswers, runCli } from "./cli.ts";
import type { TestServer } from "../network/http-server.ts";
import { tempFolder } from "../temp-folder.ts";

/** Somebody's folder, and the doctor for it. */
export interface Patient extends AsyncDisposable {
  readonly path: string;
  readonly data: string;
  readonly api: TestApi;
  readonly doctor: (argv?: readonly string[], world?: Partial<CliWorld>) => Promise<Finished>;
}

export async function aPatient(): Promise<Patient> {
  const folder = await tempFolder();
  const api = testApi();
  const openLocalApi = folderThatAnswers((request) => api.api.fetch(request));
  return {
    path: folder.path,
    data: join(folder.path, ".hookwell"),
    api,
    doctor: (argv = [], world = {}) =>
      runCli(["doctor", ...argv], {
        cwd: folder.path,
        openLocalApi,
        ...world,
        env: { PORT: "0", ...world.env },
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A Hookwell that runs, as far as the doctor asks it; its clock is a quarter of an hour behind ours. */
export async function aServer(
  patient: Patient,
  queue: ReadyResponse["parts"][string] = "ok",
): Promise<TestServer> {
  const engine = { engine: "Redis 8", durability: "Flushed.", warnings: [] };
  const { json: stats } = await patient.api.call("GET", "/api/v1/stats");
  const answers: Readonly<Record<string, unknown>> = {
    "/api/v1/stats": stats,
    "/api/v1/engines": { queue: engine, ledger: engine },
  };
  return apiServer(
    ({ url = "" }, response) => {
      response.setHeader("date", new Date(Date.now() - 900_000).toUTCString());
      response.end(JSON.stringify(answers[url]));
    },
    { queue, ledger: "ok" },
  );
}

/** What the doctor looked at, in order. */
export const topicsIn = ({ stdout }: Finished): readonly string[] =>
  stdout.split("\n").flatMap((line) => /^[✓!✗] (\S+(?: \S+)*?)(?: {2}|$)/.exec(line)?.[1] ?? []);
