import type { Group } from "../bench.ts";
import { api } from "./api.ts";
import { batches } from "./batches.ts";
import { endToEnd } from "./end-to-end.ts";
import { engineDelays } from "./engine-delays.ts";
import { engineSending } from "./engine-sending.ts";
import { engineSettling } from "./engine-settling.ts";
import { generators } from "./generators.ts";
import { memory } from "./memory.ts";
import { peers } from "./peers.ts";
import { settling } from "./settle.ts";
import { sandbox } from "./sandbox.ts";
import { singles } from "./singles.ts";
import { start } from "./start.ts";

/** In the order in which they are measured and shown. */
export const groups: readonly Group[] = [
  singles,
  batches,
  settling,
  endToEnd,
  memory,
  start,
  api,
  peers,
  engineDelays,
  engineSending,
  engineSettling,
  sandbox,
  generators,
];
