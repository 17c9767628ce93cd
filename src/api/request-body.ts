import { RequestError } from "./request-error.ts";

/** Most bytes of a request's body. */
const mostBytes = 1 << 20;

/** @throws {RequestError} if it is too large or cut off */
export async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) throw new RequestError("The body is larger than 1 MiB.", 413);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError("The body was cut off.");
  }
  return Buffer.concat(chunks).toString("utf8");
}
