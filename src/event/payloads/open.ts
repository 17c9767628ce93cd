/**
 * A JSON object with fields that may be unknown. All payload types are open in this way: the sender may add fields at
 * any time, and a field that no type names has the type `unknown`.
 */
export interface OpenRecord {
  readonly [field: string]: unknown;
}

/** A point in time as the sender writes it: ISO 8601 in UTC with milliseconds, `2025-03-04T10:15:22.004Z`. */
export type Timestamp = string;

/** Who deleted something and when; the payload of the `.delete` events. Source: vendor examples. */
export interface DeletePayload extends OpenRecord {
  /** Id of what was deleted. */
  readonly id: string;
  /** When it was deleted. */
  readonly date: Timestamp;
  /** Identity that deleted it, such as `access:<uuid>`. */
  readonly by: string;
}
