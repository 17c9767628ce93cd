import { freshUuid, type FreshWorld, type Replacements } from "../fresh-event.ts";
import type { LifeOptions, LifeStep, PlannedStep } from "./life.ts";
import { storyLife } from "./story.ts";

/** Whose presence it is. */
export interface PresenceOptions {
  /** The agent. Default: a new one. */
  readonly profileId?: string;
}

const plan: readonly PlannedStep[] = [
  { afterMs: 0, name: "presence.available" },
  { afterMs: 10_000, name: "presence.away" },
  { afterMs: 20_000, name: "presence.offline" },
];

/** What stands in the samples of presence, and what in those of another agent. */
function presenceIds({ profileId }: PresenceOptions, { random }: FreshWorld): Replacements {
  const agent = profileId ?? `PLATFORMUSER\\${freshUuid(random)}@example.com`;
  return [["PLATFORMUSER\\agent.one@example.com", agent]];
}

/** The day of an agent. */
export function presenceLife(options: PresenceOptions & LifeOptions, world: FreshWorld): readonly LifeStep[] {
  return storyLife(plan, presenceIds(options, world), options, world);
}
