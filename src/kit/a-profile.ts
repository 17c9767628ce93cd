import { profileIds, type ProfileOptions } from "../sandbox/lives/profile.ts";
import type { EventOverrides } from "./an-event.ts";
import { worldOf, type EventWorld } from "./event-world.ts";
import { StoryEvents, storyOf } from "./story-events.ts";

/**
 * A profile and what becomes of it.
 *
 * @example
 * ```ts
 * const life = aProfile({ id: "morgan.lee@example.com" }).created().updated({ payload: { name: "Morgan" } }).deleted();
 * ```
 */
export function aProfile(options: ProfileOptions & EventWorld = {}): ProfileEvents {
  const world = worldOf(options);
  return new ProfileEvents(storyOf(profileIds(options, world), world));
}

/** The events of one profile. Each step takes what is to be different in its event. */
export class ProfileEvents extends StoryEvents {
  /** `profile.create`, revision 0. */
  created(overrides?: EventOverrides<"profile.create">): ProfileEvents {
    return new ProfileEvents(this.told("profile.create", overrides));
  }

  /** `profile.update` */
  updated(overrides?: EventOverrides<"profile.update">): ProfileEvents {
    return new ProfileEvents(this.told("profile.update", overrides));
  }

  /** `profile.devicesUpdated`: has no revision. */
  devicesUpdated(overrides?: EventOverrides<"profile.devicesUpdated">): ProfileEvents {
    return new ProfileEvents(this.told("profile.devicesUpdated", overrides));
  }

  /** `profile.delete` */
  deleted(overrides?: EventOverrides<"profile.delete">): ProfileEvents {
    return new ProfileEvents(this.told("profile.delete", overrides));
  }

  /** `profile.undelete` */
  undeleted(overrides?: EventOverrides<"profile.undelete">): ProfileEvents {
    return new ProfileEvents(this.told("profile.undelete", overrides));
  }

  /** `facebook.optin`: on Facebook Messenger. */
  optedIn(overrides?: EventOverrides<"facebook.optin">): ProfileEvents {
    return new ProfileEvents(this.told("facebook.optin", overrides));
  }
}
