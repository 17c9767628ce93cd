import type { EngineName } from "./engine.ts";
import type { Fault } from "./fault.ts";
import { play, type PlayOptions } from "./play.ts";

/** What can be run by name. */
export interface Trial {
  readonly name: string;
  readonly about: string;
  /** The server of its queue; undefined: the embedded queue. */
  readonly engine?: EngineName;
  readonly rounds: { readonly usual: number; readonly quick: number };
  readonly obstacle: () => string | undefined;
  readonly play: (options: PlayOptions) => Promise<void>;
}

/** A fault that is survived. */
export function trialOf(fault: Fault): Trial {
  return { ...fault, play: (options) => play(fault, options) };
}

/** The same on servers. */
export const clusterTrialOf = (engine: EngineName, fault: Fault): Trial => ({ ...trialOf(fault), engine });
