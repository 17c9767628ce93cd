import type { ReadyResponse } from "../../../src/api/health.ts";
import { openApiDocument } from "../../../src/api/openapi/openapi.ts";
import { testServer, type TestServer } from "./http-server.ts";

/** A server that says it is a Hookwell, with these parts, and else answers as the test wants. */
export function apiServer(
  answer: Parameters<typeof testServer>[0],
  parts: ReadyResponse["parts"] = { queue: "ok", ledger: "ok" },
): Promise<TestServer> {
  return testServer((request, response) => {
    if (request.url === "/readyz") return response.end(JSON.stringify({ parts }));
    return request.url?.endsWith("/api/openapi.json") === true
      ? response.end(JSON.stringify(openApiDocument))
      : answer(request, response);
  });
}
