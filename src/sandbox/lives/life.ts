import type { FreshWorld } from "../fresh-event.ts";
import type { SampleEvent } from "../samples.ts";

/** One event of a life, and when it comes. */
export interface LifeStep {
  /** Ms after the beginning of the life. */
  readonly afterMs: number;
  /** Its `timestamp` is the beginning of the life and `afterMs`. */
  readonly event: SampleEvent;
}

export interface LifeOptions {
  /** The last event occurs now, and those before it in the past. Default: the life begins now. */
  readonly endsNow?: boolean;
}

/** When an event of a life comes, in ms after its beginning, and which it is. */
export interface PlannedStep<Name extends string = string> {
  readonly afterMs: number;
  readonly name: Name;
}

/** Writes the events of a plan one after the other, each at its time. */
export function live<Name extends string, Step extends PlannedStep<Name>>(
  plan: readonly Step[],
  write: (step: Step, world: FreshWorld) => SampleEvent,
  { endsNow = false }: LifeOptions,
  world: FreshWorld,
): readonly LifeStep[] {
  const startedAt = world.now() - (endsNow ? (plan.at(-1)?.afterMs ?? 0) : 0);
  return plan.map((step) => ({
    afterMs: step.afterMs,
    event: write(step, { ...world, now: () => startedAt + step.afterMs }),
  }));
}
