import { openApiDocument } from "../../../src/api/openapi/openapi.ts";
import { testServer, type TestServer } from "./http-server.ts";

/** A server that says it is a Hookwell, and else answers as the test wants. */
export function apiServer(answer: Parameters<typeof testServer>[0]): Promise<TestServer> {
  return testServer((request, response) =>
    request.url?.endsWith("/api/openapi.json") === true
      ? response.end(JSON.stringify(openApiDocument))
      : answer(request, response),
  );
}
