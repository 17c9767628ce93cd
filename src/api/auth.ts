import { createHash, timingSafeEqual } from "node:crypto";
import { failure, type Api } from "./answer.ts";

/** Served to everyone: they say nothing of this installation. */
const publicPaths = /^\/api\/(openapi\.json|asyncapi\.json|schemas\/[^/]+)$/;

const noToken =
  "Send the token of this installation, `Authorization: Bearer …`: it is its HOOKWELL_TOKEN, or in the file `token` of its data folder.";

/**
 * The API behind a bearer token.
 *
 * @param token as it stands in the file `token` of the data folder, without a line break
 */
export function requireToken(token: string, api: Api): Api {
  const wanted = digest(token);
  return {
    fetch: async (request) => {
      if (publicPaths.test(new URL(request.url).pathname)) return api.fetch(request);
      const given = /^bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
      // Digests have one length, so that comparing them tells neither the token nor how long it is.
      if (given !== undefined && timingSafeEqual(digest(given), wanted)) return api.fetch(request);
      return failure(401, "UNAUTHORIZED", noToken, { "www-authenticate": "Bearer" });
    },
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
