import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { CertificateAuthority } from "../../../../../test/support/network/authority.ts";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { NatsServer } from "../../../../../test/support/servers/nats-server.ts";
import { tempFolder } from "../../../../../test/support/temp-folder.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { openNatsQueue } from "../queue.ts";

test.skipIf(!(await answers("nats")))(
  "a certificate that a server has since it was started again, and that is not trusted, is told once",
  { timeout: 60_000 },
  async () => {
    await using folder = await tempFolder();
    await using other = await tempFolder();
    const [ours, theirs] = [
      await CertificateAuthority.in(folder.path),
      await CertificateAuthority.in(other.path),
    ];
    const by = async (authority: CertificateAuthority): Promise<string> => {
      const { cert, key } = await authority.certify("server");
      return `jetstream {}\ntls { cert_file: "${cert}", key_file: "${key}" }`;
    };
    await using server = await NatsServer.start(await by(ours));
    const restart = async (config: string): Promise<void> => {
      await server.stop();
      // Longer than the first look at why it is away.
      await sleep(2_500);
      await server.configure(config);
      await server.start();
    };
    const { log, lines, facts } = recordedLog();
    const url = `tls://localhost:${server.port}?cacertfile=${ours.cert}`;
    const queue = await openNatsQueue(url, { leaseMs: 30_000, log });

    await restart(await by(theirs));

    const told = () => lines.filter(({ fields }) => String(fields["error"]).includes("cannot speak TLS"));
    await eventually(() => expect(told()).toHaveLength(1));
    // Some more tries.
    await sleep(6_000);
    expect(told()).toHaveLength(1);
    await restart(await by(ours));
    await eventually(() => expect(facts().at(-1)).toBe("queue.engine_back"));
    await queue.close();
  },
);
