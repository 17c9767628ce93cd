import { EventFields } from "./event-fields.ts";
import { mostSpecific } from "./pattern.ts";

/** What a revision counts for, written `family:id`, such as `message:7b1d9e04-…`. */
export type EntityKey = string & { readonly brand: "EntityKey" };
/** Names a state: of two events that share one, the older can be obsolete. Opaque. */
export type StateKey = string & { readonly brand: "StateKey" };

/**
 * How the events of a family are ordered. Paths are written with dots and start at the event itself, such as
 * `payload.id`; the first path that leads to an id counts. An id is a string of 1 to 1,000 characters or a whole
 * number.
 */
export interface FamilyRule {
  /** The part before the colon in the entity. Default: the event name up to its first dot. */
  readonly family?: string;
  /** Paths at which the entity's id may be. */
  readonly id: readonly string[];
  /**
   * What an older event must share with a handled one to be obsolete: the entity, or the values at all these paths.
   * With `null`, events are never obsolete and are handled in order of arrival per entity.
   */
  readonly state: "entity" | readonly string[] | null;
}

/** Event name or pattern → rule; the most specific pattern wins. */
export type FamilyTable = Readonly<Record<string, FamilyRule>>;

const ownEntity: FamilyRule = { id: ["payload.id"], state: "entity" };
const neverObsolete: FamilyRule = { id: ["payload.id"], state: null };
const inConversation = {
  family: "conversation",
  id: ["payload.conversationId", "payload.context.conversationId"],
};
const inChat = { family: "chat", id: ["payload.chatId", "payload.context.chatId"] };

/**
 * The table of the sender's families. Evidence: the vendor's example bodies and the etags in them, which are
 * made of family, id and revision. A revision on `conversationMessage.*` counts the conversation, so that a lower one
 * on the same message may be another person's receipt; the state there is message and profile.
 */
export const defaultFamilies: FamilyTable = {
  "message.*": ownEntity,
  "message.inbound": { id: ["payload.id", "payload.messageId"], state: null },
  "profile.*": ownEntity,
  "conversation.*": neverObsolete,
  "conversation.create": ownEntity,
  "conversation.update": ownEntity,
  "conversation.delete": ownEntity,
  "conversation.undelete": ownEntity,
  "chat.*": ownEntity,
  "conversationMessage.*": { ...inConversation, state: ["payload.id", "payload.profileId"] },
  "conversationMessage.sent": { ...inConversation, state: ["payload.id"] },
  "chatMessage.*": { ...inChat, state: ["payload.id", "payload.profileId"] },
  "chatMessage.sent": { ...inChat, state: ["payload.id"] },
  "presence.*": { id: ["profileId"], state: null },
  "facebook.optin": { id: ["payload.fbMessengerId", "payload.profileId"], state: null },
  "interaction.click": neverObsolete,
  "complaint.received": neverObsolete,
  "*": { id: ["payload.id", "payload.profileId", "profileId"], state: null },
};

/** What the table says of one event. */
export interface Identity {
  readonly entity: EntityKey;
  /** `null` if the event is never obsolete. */
  readonly state: StateKey | null;
}

/** What the table says of an event name; kept once it was looked up. */
interface Named {
  readonly pattern: string;
  readonly rule: FamilyRule;
  readonly family: string;
}

/** The fields of an envelope, read from every event. */
const envelopeFields = ["eventId", "name", "revision", "timestamp", "accountId", "apiSpaceId"];

/** The rules in force: the defaults with a user's overrides on top. */
export class Families {
  /** Reads the bytes of events, one at a time: what envelopes need, and every path of these rules. */
  readonly fields: EventFields;
  readonly #table: FamilyTable;
  readonly #patterns: readonly string[];
  readonly #byName = new Map<string, Named>();

  constructor(overrides: FamilyTable = {}) {
    this.#table = { ...defaultFamilies, ...overrides };
    this.#patterns = Object.keys(this.#table);
    this.fields = new EventFields([...envelopeFields, ...Object.values(this.#table).flatMap(pathsOf)]);
  }

  /** Entity and state of a parsed event. */
  identify(event: { readonly name: string; readonly eventId: string }): Identity {
    this.fields.read(Buffer.from(JSON.stringify(event)), 0);
    return this.identityOf(event.name, event.eventId);
  }

  /**
   * Entity and state of the event that `fields` has read. An event that names no id is an entity of its own, so that
   * its repeats still meet; one that lacks a part of its state is never obsolete.
   */
  identityOf(name: string, eventId: string): Identity {
    const { fields } = this;
    const { pattern, rule, family } = this.#named(name);
    const id = firstId(fields, rule.id);
    const entity = `${family}:${id ?? eventId}` as EntityKey;
    if (id === undefined || rule.state === null) return { entity, state: null };
    if (rule.state === "entity") return { entity, state: entity as string as StateKey };
    const parts = rule.state.map((path) => idAt(fields, path));
    if (parts.includes(undefined)) return { entity, state: null };
    // Each part comes with its length, so that different lists of parts never give the same text.
    return {
      entity,
      state: [pattern, ...parts.map((part) => `${part?.length}:${part}`)].join("\u001f") as StateKey,
    };
  }

  #named(name: string): Named {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const pattern = mostSpecific(this.#patterns, name) ?? "*";
    const rule = this.#table[pattern] ?? neverObsolete;
    const named = { pattern, rule, family: rule.family ?? name.split(".", 1)[0] ?? name };
    // Names come from outside, so the memory of them is bounded.
    if (this.#byName.size < 1_000) this.#byName.set(name, named);
    return named;
  }
}

const pathsOf = ({ id, state }: FamilyRule): readonly string[] => [
  ...id,
  ...(state === null || state === "entity" ? [] : state),
];

function firstId(fields: EventFields, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const id = idAt(fields, path);
    if (id !== undefined) return id;
  }
  return undefined;
}

function idAt(fields: EventFields, path: string): string | undefined {
  const value = fields.value(path);
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" && isId(value) ? value : undefined;
}

/** Ids that differ must still differ once stored, or one event would make another obsolete: broken text is no id. */
function isId(text: string): boolean {
  return text.length > 0 && text.length <= 1_000 && text.isWellFormed() && !text.includes("\ufffd");
}
