import { sign } from "../../../src/event/signature.ts";
import { below, oneIn } from "../../../src/lib/random.ts";
import { testSecret } from "../program/client.ts";

/** The header of a right signature. */
export const signature = (body: string | Buffer): string => `X-Comapi-Signature: ${sign(body, testSecret)}`;

/** A delivery with all that belongs to it. */
export function signed(body: string | Buffer): Buffer {
  return head([signature(body), `Content-Length: ${Buffer.byteLength(body)}`], body);
}

/** A delivery with these headers and this body, whatever they are; the server is asked to close after it. */
export function head(headers: readonly string[], body: string | Buffer = ""): Buffer {
  const lines = ["POST / HTTP/1.1", "Host: x", "Connection: close", ...headers, "", ""];
  return Buffer.concat([Buffer.from(lines.join("\r\n")), Buffer.from(body)]);
}

/** A delivery in chunks of any size, with all that may stand between them. */
export function chunked(body: Buffer, random: () => number): Buffer {
  const chunks: Buffer[] = [];
  let from = 0;
  while (from < body.length) {
    const part = body.subarray(from, from + 1 + below(random, 200));
    const extension = oneIn(random, 4) ? ";a=b" : "";
    chunks.push(Buffer.from(`${part.length.toString(16)}${extension}\r\n`), part, Buffer.from("\r\n"));
    from += part.length;
  }
  const end = Buffer.from(oneIn(random, 2) ? "0\r\n\r\n" : "0\r\nX-Trailer: y\r\n\r\n");
  return head([signature(body), "Transfer-Encoding: chunked"], Buffer.concat([...chunks, end]));
}
