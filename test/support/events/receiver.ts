import { tmpdir } from "node:os";
import { buffer } from "node:stream/consumers";
import { verify } from "../../../src/event/signature.ts";
import { type CliWorld, type Finished, runCli } from "../program/cli.ts";
import { testServer } from "../network/http-server.ts";

/** The secret with which requests are genuine for the receiver of a test. */
export const receiverSecret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";

/** A request that came in. */
export interface Received {
  readonly body: Buffer;
  readonly genuine: boolean;
  readonly contentType: string | undefined;
  readonly path: string | undefined;
}

/** Takes what is sent, and sends to itself. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  readonly events: () => readonly { readonly eventId: string; readonly name: string }[];
  readonly send: (argv: readonly string[], world?: Partial<CliWorld>) => Promise<Finished>;
}

/** A receiver that answers as Hookwell does, but keeps what it gets in memory. */
export async function aReceiver(
  statusOf = (genuine: boolean): number => (genuine ? 200 : 401),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = await testServer(async (request, response) => {
    const body = await buffer(request);
    const genuine = verify(body, String(request.headers["x-comapi-signature"]), receiverSecret);
    received.push({ body, genuine, contentType: request.headers["content-type"], path: request.url });
    response.writeHead(statusOf(genuine)).end("as it is");
  });
  return {
    url: server.url,
    received,
    events: () =>
      received.flatMap(
        ({ body }) => [JSON.parse(body.toString())].flat() as { eventId: string; name: string }[],
      ),
    send: (argv, world = {}) =>
      runCli(["send", "--url", `${server.url}/hooks`, "--secret", receiverSecret, ...argv], {
        cwd: tmpdir(),
        ...world,
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
