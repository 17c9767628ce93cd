import { MalformedError } from "../errors.ts";
import { Families } from "../event/entity.ts";
import { type Envelope, parseBatch, parseJson, type Unusable } from "../event/envelope.ts";
import { isKnownName, knownEventNames } from "../event/names.ts";
import { counted } from "../lib/amounts.ts";
import { didYouMean } from "../lib/nearest.ts";
import { checkEvent } from "./check-event.ts";
import { newFields } from "./new-fields.ts";

/** What is unusual in a body, and where. */
export interface Finding {
  /** Which event of the body, 1 for the first; `null`: the body as a whole. */
  readonly event: number | null;
  readonly eventId: string | null;
  readonly name: string | null;
  /**
   * `refused`: no receiver takes it. `unknown-name`, `unlike-schema`: it is received and handled like all others. `new`:
   * a field that the schema does not name, which is nothing unusual.
   */
  readonly kind: "refused" | "unknown-name" | "unlike-schema" | "new";
  /** Such as `payload.details.channel`; "" for the event or the body as a whole. */
  readonly path: string;
  /** Said of the path, such as `is missing`; a sentence if there is none. */
  readonly message: string;
}

/** The sender puts no more into an array. Certain: vendor page "Batch mode". */
const mostEvents = 500;

/**
 * Reads the body of a delivery as the receiver does, and says what is unusual in it.
 *
 * @param body the bytes: an event, or an array of events
 *
 * @example
 * ```ts
 * const { count, findings } = examineBody(await readFile("body.json"));
 * ```
 */
export function examineBody(body: Uint8Array): {
  readonly count: number;
  readonly findings: readonly Finding[];
} {
  try {
    const elements = elementsOf(body);
    const findings = elements.flatMap((element, index) => findingsIn(element, index + 1));
    return { count: elements.length, findings: [...sizeFindings(elements.length), ...findings] };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { count: 0, findings: [ofBody("refused", error.message)] };
  }
}

/** @throws {MalformedError} if the receiver refuses the body as a whole */
function elementsOf(body: Uint8Array): readonly (Envelope | Unusable)[] {
  const families = new Families();
  const elements: (Envelope | Unusable)[] = [];
  for (let next: number | undefined; ;) {
    const batch = parseBatch(body, families, next);
    elements.push(...batch.envelopes, ...batch.unusable);
    next = batch.next;
    // Each is a view of the same bytes.
    if (next === undefined) return elements.sort((one, other) => one.body.byteOffset - other.body.byteOffset);
  }
}

function sizeFindings(count: number): readonly Finding[] {
  if (count === 0)
    return [ofBody("unlike-schema", "The array is empty; the sender's has at least one event.")];
  if (count <= mostEvents) return [];
  return [
    ofBody(
      "unlike-schema",
      `The array has ${counted(count, "event")}; the sender's has ${mostEvents} at most.`,
    ),
  ];
}

const ofBody = (kind: Finding["kind"], message: string): Finding => ({
  event: null,
  eventId: null,
  name: null,
  kind,
  path: "",
  message,
});

function findingsIn(element: Envelope | Unusable, event: number): readonly Finding[] {
  if ("reason" in element) return [{ ...ofBody("refused", element.reason), event }];
  const { eventId, name } = element;
  const found = (kind: Finding["kind"], path: string, message: string): Finding => ({
    event,
    eventId,
    name,
    kind,
    path,
    message,
  });
  const json = parseJson(element.body);
  const unlike = checkEvent(json).map(({ path, message }) => found("unlike-schema", path, message));
  if (!isKnownName(name))
    return [found("unknown-name", "name", `is not known.${didYouMean(name, knownEventNames)}`), ...unlike];
  const added = newFields(json, name).map(({ path, hint }) =>
    found("new", path, `is not in the schema.${hint}`),
  );
  return [...unlike, ...added];
}
