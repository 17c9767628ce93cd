import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import autocannon from "autocannon";
import { draftsOf } from "../load/draft.ts";
import { RequestStream } from "../load/request-stream.ts";
import { senderSigning } from "../servers/contender.ts";

/** A request that is sent many times: other generators cannot sign each one anew. */
export interface FixedRequest {
  readonly body: string;
  readonly signature: string;
}

export interface FixedLoad {
  readonly connections: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

const header = senderSigning.header;

/** Signed single events. */
export function fixedRequests(count: number): readonly FixedRequest[] {
  const stream = new RequestStream(draftsOf({ path: "/", batch: 1, signing: senderSigning }), senderSigning);
  return Array.from({ length: count }, () => {
    const [head = "", body = ""] = stream.next().toString("latin1").split("\r\n\r\n");
    return { body, signature: head.slice(-40) };
  });
}

/** Requests a second, with two of its workers. */
export async function byAutocannon(
  port: number,
  requests: readonly FixedRequest[],
  load: FixedLoad,
): Promise<number> {
  const options = {
    url: `http://127.0.0.1:${port}/`,
    connections: load.connections,
    workers: 2,
    requests: requests.map(({ body, signature }) => ({
      method: "POST" as const,
      body,
      headers: { "content-type": "application/json", [header]: signature },
    })),
  };
  await autocannon({ ...options, duration: load.warmUpSeconds });
  const result = await autocannon({ ...options, duration: load.seconds });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`autocannon got ${result.non2xx} answers other than 2xx and ${result.errors} errors.`);
  }
  return result["2xx"] / result.duration;
}

/** Requests a second, with one of its threads. */
export async function byWrk(
  port: number,
  folder: string,
  requests: readonly FixedRequest[],
  load: FixedLoad,
): Promise<number> {
  const script = join(folder, "requests.lua");
  await writeFile(script, luaOf(requests));
  const run = async (seconds: number): Promise<string> => {
    const args = ["-t1", `-c${load.connections}`, `-d${seconds}s`, "-s", script, `http://127.0.0.1:${port}/`];
    return (await promisify(execFile)("wrk", args)).stdout;
  };
  await run(load.warmUpSeconds);
  const said = await run(load.seconds);
  const found = /Requests\/sec: *([\d.]+)/.exec(said)?.[1];
  if (found === undefined || /Non-2xx|Socket errors/.test(said)) throw new Error(`wrk says: ${said}`);
  return Number(found);
}

/** JSON has no sequence `]==]`, so it can stand in Lua's long brackets. */
function luaOf(requests: readonly FixedRequest[]): string {
  const lines = requests.map(
    ({ body, signature }) =>
      `requests[#requests + 1] = wrk.format("POST", "/", {["content-type"] = "application/json", ["${header}"] = "${signature}"}, [==[${body}]==])`,
  );
  return [
    "local requests = {}",
    "local turn = 0",
    "function init()",
    ...lines,
    "end",
    "function request()",
    "turn = turn + 1",
    "return requests[turn % #requests + 1]",
    "end",
  ].join("\n");
}
