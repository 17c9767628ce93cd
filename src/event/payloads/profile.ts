import type { DeletePayload, OpenRecord, Timestamp } from "./open.ts";

/** What Facebook says about a person. Source: vendor page "Profile events", example of `profile.create`. */
export interface FacebookProfile extends OpenRecord {
  readonly first_name?: string;
  readonly last_name?: string;
  /** URL of a picture. */
  readonly profile_pic?: string;
  /** Such as `en_GB`. */
  readonly locale?: string;
  /** Hours from UTC. */
  readonly timezone?: number;
  readonly gender?: string;
  readonly is_payment_enabled?: boolean;
  readonly lastRefreshedOn?: Timestamp;
}

/** A profile with the fields that it has, including fields of your own. */
export interface ProfilePayload extends OpenRecord {
  /** Id of the profile, a free string and often a mail address. */
  readonly id: string;
  readonly fbMessengerId?: string;
  /** Present if the profile came from Messenger. */
  readonly facebook?: FacebookProfile;
}

/** `profile.create`: with every stored field. Certain: vendor example. */
export interface ProfileCreatePayload extends ProfilePayload {}

/** `profile.update`: with profile fields. Certain: vendor example. */
export interface ProfileUpdatePayload extends ProfilePayload {}

/** `profile.delete`. Certain: vendor example. */
export interface ProfileDeletePayload extends DeletePayload {}

/** `profile.undelete`: certain for the id (vendor example); there may be other fields. */
export interface ProfileUndeletePayload extends ProfilePayload {}

/** A device of a profile; a guess from the field names of the vendor's session API. */
export interface ProfileDevice extends OpenRecord {
  readonly deviceId?: string;
  /** Such as `android`. */
  readonly platform?: string;
  readonly platformVersion?: string;
  readonly sdkType?: string;
  readonly sdkVersion?: string;
  /** Registration for push messages. */
  readonly push?: OpenRecord;
}

/** `profile.devicesUpdated`: the name is certain; no example is known, so the fields are guesses. */
export interface ProfileDevicesUpdatedPayload extends OpenRecord {
  /** Id of the profile. */
  readonly id?: string;
  readonly devices?: readonly ProfileDevice[];
}

/**
 * `facebook.optin`: a person opted in on Facebook Messenger. Has neither id nor revision. Certain: vendor page
 * "Facebook events", example.
 */
export interface FacebookOptinPayload extends OpenRecord {
  readonly fbMessengerId: string;
  readonly profileId: string;
  /** As it was given when the state was created. */
  readonly stateData: OpenRecord & { readonly profileId?: string };
  /** Reference of the state. */
  readonly ref: string;
  /** What Facebook sent; its `timestamp` counts milliseconds since 1970. */
  readonly rawData: OpenRecord & {
    readonly recipient?: OpenRecord & { readonly id?: string };
    readonly sender?: OpenRecord & { readonly id?: string };
    readonly timestamp?: number;
    readonly optin?: OpenRecord & { readonly ref?: string };
  };
  /** The Facebook page. */
  readonly pageId: string;
}
