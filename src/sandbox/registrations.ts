import type { components } from "../sender-api/management-api.ts";
import { auditOf } from "./audit.ts";
import { isoNow } from "./clock.ts";
import { etagOf } from "./etag.ts";
import { freshUuid, type FreshWorld } from "./fresh-event.ts";

/** A webhook configuration as the sender's API answers it. */
export type WebhookConfiguration = components["schemas"]["WebhookConfiguration"];
/** A webhook configuration as the sender's API takes it. */
export type WebhookConfigurationInput = components["schemas"]["WebhookConfigurationInput"];

/** A webhook configuration, and what its HTTP answer says of it. */
export interface Registration {
  readonly id: string;
  readonly webhook: WebhookConfiguration;
  /** Quotes included. Made as those of entities are, which is a guess. */
  readonly etag: string;
  /** ISO 8601, as the vendor describes the header `Last-Modified`. */
  readonly lastModified: string;
  /** Deletion is soft: the configuration can still be read. */
  readonly deleted: boolean;
  readonly revision: number;
  /** The secret before the last change of it, and when that was. */
  readonly replaced?: { readonly secret: string; readonly at: number };
}

/** The webhook configurations of the account. Bodies are taken as they come: whoever calls has checked them. */
export class Registrations {
  readonly #world: FreshWorld;
  readonly #all = new Map<string, Registration>();
  readonly #changed: () => void;

  constructor(world: FreshWorld, changed: () => void) {
    this.#world = world;
    this.#changed = changed;
  }

  /** In the order of creation. */
  list(includeDeleted = false): readonly Registration[] {
    return [...this.#all.values()].filter(({ deleted }) => includeDeleted || !deleted);
  }

  get(id: string, includeDeleted = false): Registration | undefined {
    const found = this.#all.get(id);
    return found?.deleted === true && !includeDeleted ? undefined : found;
  }

  create(input: WebhookConfigurationInput): Registration {
    const id = freshUuid(this.#world.random);
    return this.#put({ ...input, id, ...auditOf(isoNow(this.#world)) }, 0);
  }

  /** Replaces a configuration as a whole; undefined if there is none with this id. */
  update(id: string, input: WebhookConfigurationInput): Registration | undefined {
    const old = this.get(id);
    if (old === undefined) return undefined;
    const { _createdOn, secret } = old.webhook;
    const webhook = { ...input, id, ...auditOf(isoNow(this.#world)), ...(_createdOn && { _createdOn }) };
    const replaced =
      secret === undefined || secret === input.secret ? old.replaced : { secret, at: this.#world.now() };
    return this.#put(webhook, old.revision + 1, replaced);
  }

  /** @returns false if there is none with this id */
  remove(id: string): boolean {
    const old = this.get(id);
    if (old === undefined) return false;
    this.#all.set(id, { ...old, deleted: true });
    this.#changed();
    return true;
  }

  /** Puts back what a state file kept. */
  restore(kept: readonly Registration[]): void {
    this.#all.clear();
    for (const registration of kept) this.#all.set(registration.id, registration);
  }

  #put(
    webhook: WebhookConfiguration & { readonly id: string },
    revision: number,
    replaced?: Registration["replaced"],
  ): Registration {
    const { id } = webhook;
    const etag = etagOf("webhook", id, revision);
    const lastModified = isoNow(this.#world);
    const registration = { id, webhook, etag, lastModified, deleted: false, revision };
    this.#all.set(id, { ...registration, ...(replaced && { replaced }) });
    this.#changed();
    return this.#all.get(id) ?? registration;
  }
}
