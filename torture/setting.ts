import type { Load } from "../test/support/events/deliveries.ts";
import type { Habits } from "./client/sending.ts";
import type { EngineKind, EngineName } from "./engine.ts";
import type { Menu } from "./handler/behaviour.ts";
import type { Shape } from "./program/hookwell.ts";

/** What a fault is played on. */
export interface Setting {
  readonly shape: Shape;
  /** Where the queue of a cluster is; undefined: in the data folder. */
  readonly engine?: EngineName;
  /** Default: single. */
  readonly engineKind?: EngineKind;
  /** Whether the way from each process to each server can be bad. */
  readonly network?: boolean;
  /** Whether handlers write a row in the transaction of their event. */
  readonly effects?: boolean;
  readonly dishes: Menu["dishes"];
  readonly workMs: Menu["workMs"];
  readonly load: Load;
  readonly habits: Habits;
  /** On top of the usual environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the clock can be set. */
  readonly clock: boolean;
  /** How long it may take until the process is ready, in ms. */
  readonly readyMs: number;
  /** And until all is settled. */
  readonly allSettledMs: number;
  /** How soon an event must be settled after its handler, where nothing keeps it from being so; see `Facts`. */
  readonly settleMs: number;
}

/** Everything in one process, handlers that are quick and sometimes throw, a sender in some trouble. */
export const usual: Setting = {
  shape: "serve",
  dishes: [
    { misdeed: "throws", oneIn: 60, attempts: "all" },
    { misdeed: "throws", oneIn: 12, attempts: 2 },
  ],
  workMs: [0, 6],
  load: { messages: 350, others: 250, repeatOneIn: 5, mostInArray: 500, mostFiller: 400 },
  habits: { clients: 6, hangUpOneIn: 25, pauseMs: 5, timeScale: 1_000 },
  env: {},
  clock: false,
  readyMs: 30_000,
  allSettledMs: 60_000,
  settleMs: 5_000,
};

/** The usual setting; in a quick run with a third of the load, and a sender who comes back sooner. */
export function usualFor(quick: boolean): Setting {
  if (!quick) return usual;
  const { load, habits } = usual;
  return { ...usual, load: part(load, 0.3), habits: { ...habits, timeScale: 2_500 } };
}

/** So much of a load. */
export function part(load: Load, share: number): Load {
  return {
    ...load,
    messages: Math.ceil(load.messages * share),
    others: Math.ceil(load.others * share),
  };
}
