import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { CertificateFiles } from "./certificate.ts";

export interface HttpsServer extends AsyncDisposable {
  readonly url: string;
}

/** Answers all requests with an empty object, over TLS. */
export async function httpsServer({ cert, key }: CertificateFiles): Promise<HttpsServer> {
  const pair = { cert: await readFile(cert), key: await readFile(key) };
  const server = createServer(pair, (_, response) => response.end("{}")).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
