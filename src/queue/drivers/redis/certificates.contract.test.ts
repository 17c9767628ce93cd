import { expect, test } from "vitest";
import { CertificateAuthority } from "../../../../test/support/authority.ts";
import { answers } from "../../../../test/support/engines.ts";
import { freePort } from "../../../../test/support/free-port.ts";
import { RedisServer } from "../../../../test/support/redis-server.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { openRedisQueue } from "./queue.ts";

test.skipIf(!(await answers("redis")))(
  "certificates that were renewed in their files are used without a restart",
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
    const port = await freePort();
    const ofServer = ["--tls-cert-file", files.cert, "--tls-key-file", files.key];
    await using server = await RedisServer.start(
      "--tls-port",
      port,
      ...ofServer,
      "--tls-ca-cert-file",
      authority.cert,
    );
    const keys = `cacertfile=${authority.cert}&certfile=${client.cert}&keyfile=${client.key}`;
    const queue = await openRedisQueue(`rediss://localhost:${port}?${keys}`, { leaseMs: 30_000 });
    await queue.send([aMessage()]);

    await renew();
    await server.stop();
    await server.start();

    await eventually(() => queue.send([aMessage()]));
    expect((await queue.depth()).messages).toBe(2);
    await queue.close();
  },
);
