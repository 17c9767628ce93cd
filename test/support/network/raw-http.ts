import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { text as textOf } from "node:stream/consumers";

export interface RawRequest {
  /** Default: POST. */
  readonly method?: string;
  /** Default: that of the URL. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request on a connection of its own, with no header but those given and what HTTP itself needs. */
export function ask(
  url: string,
  { method = "POST", path, headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false, ...(path !== undefined && { path }) };
    const request = httpRequest(url, options, (response) => {
      const { statusCode = 0, headers: answered } = response;
      textOf(response).then((text) => resolve({ status: statusCode, headers: answered, text }), reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}
