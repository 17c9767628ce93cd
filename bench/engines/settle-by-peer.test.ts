import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { NatsServer } from "../../test/support/servers/nats-server.ts";
import type { Bench } from "../bench.ts";
import { clearNats } from "./clear-nats.ts";
import { isEngineInstalled } from "./installed.ts";
import { benchName } from "./names.ts";
import { settleByPeer } from "./settle-by-peer.ts";

test.skipIf(!(await isEngineInstalled("nats")))(
  "a peer has worked off what waited when its server has, and not when it has sent its acknowledgements",
  { timeout: 60_000 },
  async () => {
    await using server = await NatsServer.start("max_payload: 8MB\njetstream {\nsync_interval: always\n}");
    const { url } = server;
    await using engine = {
      name: "nats" as const,
      title: "NATS",
      durability: "flushed",
      url,
      clear: () => clearNats(url),
      [Symbol.asyncDispose]: async () => undefined,
    };
    const bench = { plan: { shared: 2_000 } } as Bench;

    await settleByPeer(bench, engine, { program: "nats", processes: 1 });

    const connection = await connect({ servers: url });
    const { state } = await (await jetstreamManager(connection)).streams.info(benchName);
    await connection.close();
    expect(state.messages).toBe(0);
    expect(state.last_seq).toBe(2_000);
  },
);
