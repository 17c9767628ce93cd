import { expect, test } from "vitest";
import { CertificateAuthority } from "../../../../test/support/authority.ts";
import { answers } from "../../../../test/support/engines.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { openNatsQueue } from "./queue.ts";

test.skipIf(!(await answers("nats")))(
  "certificates that were renewed in their files are used without a restart",
  { timeout: 60_000 },
  async () => {
    await using folder = await tempFolder();
    const renew = async () => {
      const authority = await CertificateAuthority.in(folder.path);
      return {
        authority,
        server: await authority.certify("server"),
        client: await authority.certify("client"),
      };
    };
    const { authority, server: files, client } = await renew();
    const tls = `tls { cert_file: "${files.cert}", key_file: "${files.key}", ca_file: "${authority.cert}", verify: true }`;
    await using server = await NatsServer.start(`jetstream {}\n${tls}`);
    const keys = `cacertfile=${authority.cert}&certfile=${client.cert}&keyfile=${client.key}`;
    const queue = await openNatsQueue(`tls://localhost:${server.port}?${keys}`, { leaseMs: 30_000 });
    await queue.send([aMessage()]);

    await renew();
    await server.stop();
    await server.start();

    await eventually(() => queue.send([aMessage()]));
    expect((await queue.depth()).messages).toBe(2);
    await queue.close();
  },
);
