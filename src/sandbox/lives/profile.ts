import { below } from "../../lib/random.ts";
import { freshUuid, type FreshWorld, type Replacements } from "../fresh-event.ts";
import type { LifeOptions, LifeStep, PlannedStep } from "./life.ts";
import { storyLife } from "./story.ts";

/** Which profile it is. */
export interface ProfileOptions {
  /** A free string, often a mail address. Default: a new mail address. */
  readonly id?: string;
  /** Default: a new one. */
  readonly fbMessengerId?: string;
}

const plan: readonly PlannedStep[] = [
  { afterMs: 0, name: "profile.create" },
  { afterMs: 500, name: "facebook.optin" },
  { afterMs: 3_000, name: "profile.update" },
  { afterMs: 5_000, name: "profile.devicesUpdated" },
  { afterMs: 8_000, name: "profile.delete" },
  { afterMs: 10_000, name: "profile.undelete" },
];

/** What stands in the samples of profiles, and what in those of a new one. */
export function profileIds({ id, fbMessengerId }: ProfileOptions, { random }: FreshWorld): Replacements {
  return [
    ["morgan.lee@example.com", id ?? `${freshUuid(random)}@example.com`],
    ["2048816350417729", fbMessengerId ?? String(2e15 + below(random, 1e15))],
  ];
}

/** The whole life of a profile that comes from Facebook Messenger, up to the end of its deletion. */
export function profileLife(options: ProfileOptions & LifeOptions, world: FreshWorld): readonly LifeStep[] {
  return storyLife(plan, profileIds(options, world), options, world);
}
