/** How often something was seen, and since when. */
export interface Seen {
  readonly count: number;
  /** ISO 8601 in UTC. */
  readonly firstSeenAt: string;
}

/** An event name that Hookwell does not know, and how many events had it. */
interface UnknownName extends Seen {
  readonly name: string;
}

/** How events of a name differ from their schema, and how many of those that were looked at did. */
interface UnlikeSchema extends Seen {
  readonly name: string;
  /** Such as `payload.messageParts[].type`. */
  readonly path: string;
  /** What is said of the path, such as `is missing`. */
  readonly message: string;
}

/** In what the sender's events are not as the schemas say, since this process started. */
export interface DriftReport {
  readonly unknownNames: readonly UnknownName[];
  readonly unlike: readonly UnlikeSchema[];
  /** Sightings that are not listed, since there were too many different ones. */
  readonly others: { readonly unknownNames: number; readonly unlike: number };
}
