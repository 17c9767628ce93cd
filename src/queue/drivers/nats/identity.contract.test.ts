import { expect, test } from "vitest";
import { CertificateAuthority } from "../../../../test/support/network/authority.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openNatsQueue } from "./queue.ts";

const isThere = await answers("nats");

test.skipIf(!isThere).each([
  { hosts: "IP:127.0.0.1", right: "127.0.0.1", wrong: "localhost" },
  { hosts: "DNS:localhost", right: "localhost", wrong: "127.0.0.1" },
])("a certificate for $hosts is good for $right, and not for $wrong", async ({ hosts, right, wrong }) => {
  await using folder = await tempFolder();
  const authority = await CertificateAuthority.in(folder.path);
  const { cert, key } = await authority.certify("server", hosts);
  const tls = `tls { cert_file: "${cert}", key_file: "${key}" }`;
  await using server = await NatsServer.start(`max_payload: 8MB\njetstream {}\n${tls}`);
  const { log } = recordedLog();
  const open = (host: string): ReturnType<typeof openNatsQueue> =>
    openNatsQueue(`tls://${host}:${server.port}?cacertfile=${authority.cert}`, { leaseMs: 30_000, log });

  await expect(open(wrong)).rejects.toThrow(`the certificate there is not for ${wrong};`);

  const queue = await open(right);
  expect((await queue.depth()).messages).toBe(0);
  await queue.close();
});
