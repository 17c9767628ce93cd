import type { Sending } from "./client/sending.ts";
import type { Setting } from "./setting.ts";
import { Stage } from "./stage.ts";

/** A round, as a fault sees it. */
export interface Round {
  readonly number: number;
  /** Whether it is one of a short run. */
  readonly quick: boolean;
  readonly stage: Stage;
  /** Chance of this round, for the fault alone. */
  readonly random: () => number;
  /** Sets the deliveries of this round on their way, the first time that it is called. */
  readonly send: () => Sending;
  /** Writes down what was done, such as `killed during start-up`. */
  readonly count: (what: string) => void;
}

/** Something bad that happens. */
export interface Fault {
  readonly name: string;
  /** What happens, for people. */
  readonly about: string;
  readonly rounds: { readonly usual: number; readonly quick: number };
  readonly setting: (quick: boolean) => Setting;
  /** Opens what the rounds are played on. */
  readonly open: (setting: Setting, seed: number) => Promise<Stage>;
  /** Whether each round begins with a new stage, rather than with what the ones before have left. */
  readonly fresh: boolean;
  /** Why it cannot be played on this machine, and the cure; undefined if it can. */
  readonly obstacle: () => string | undefined;
  /** Does its worst, mostly while deliveries come in; resolves as soon as the fault is over. */
  readonly strike: (round: Round) => Promise<void>;
}

/** What most faults have in common. */
export const plain: Pick<Fault, "open" | "fresh" | "obstacle"> = {
  open: (setting, seed) => Stage.open(setting, seed),
  fresh: false,
  obstacle: () => undefined,
};

/** The strike of a fault that is in the setting: clients or handlers do their worst by themselves. */
export const deliveriesAlone: Fault["strike"] = ({ send }) => {
  send();
  return Promise.resolve();
};
