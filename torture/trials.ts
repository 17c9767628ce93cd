import { busy } from "./faults/busy.ts";
import { clients } from "./faults/clients.ts";
import { clock } from "./faults/clock.ts";
import { damaged } from "./faults/damaged.ts";
import { diskFull } from "./faults/disk-full.ts";
import { allocating, exiting, throwing } from "./faults/handlers.ts";
import { kill } from "./faults/kill.ts";
import { pause } from "./faults/pause.ts";
import { readOnly } from "./faults/read-only.ts";
import { torn } from "./faults/torn.ts";
import { engineNames } from "./engine.ts";
import { clusterEffects, clusterHang, clusterKill, clusterOutage } from "./faults/cluster.ts";
import { clusterFailover } from "./faults/failover.ts";
import { clusterNetwork } from "./faults/network.ts";
import { clusterUpgrade, older } from "./faults/upgrade.ts";
import { clusterTrialOf, trialOf, type Trial } from "./trial.ts";

/** All trials, in the order in which they are played. */
export const trials: readonly Trial[] = [
  ...[
    kill("kill", "serve"),
    kill("kill-split", "split"),
    torn,
    clients,
    throwing,
    exiting,
    allocating,
    busy,
    clock,
    diskFull,
    readOnly,
    pause("pause", "serve"),
    pause("pause-split", "split"),
  ].map(trialOf),
  damaged,
  ...engineNames.flatMap((engine) =>
    [
      clusterKill(engine),
      ...(engine === "postgres" ? [clusterEffects(engine), clusterHang(engine)] : []),
      clusterOutage(engine),
      clusterFailover(engine),
      clusterNetwork(engine),
      ...(older === undefined ? [] : [clusterUpgrade(engine)]),
    ].map((fault) => clusterTrialOf(engine, fault)),
  ),
];
