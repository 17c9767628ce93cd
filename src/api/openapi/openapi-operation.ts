import { mostItems } from "../../ledger/ledger.ts";
import { conditions, schemaRef, type Schema } from "./openapi-schemas.ts";
import { defaultLimit } from "../query.ts";

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, Media>>;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
  /** An empty list: this call needs no token. */
  readonly security?: readonly [];
}

export type Paths = Readonly<Record<string, Readonly<Partial<Record<"get" | "post" | "delete", Operation>>>>>;

export const segment = (name: string, description: string): Parameter => ({
  name,
  in: "path",
  required: true,
  description: `${description} Percent-encoded.`,
  schema: { type: "string", minLength: 1 },
});
export const inQuery = (name: string, schema: Schema): Parameter => ({ name, in: "query", schema });
export const eventId: Parameter = segment("eventId", "The sender's id of the event.");

export const conditionsInQuery: readonly Parameter[] = Object.entries(conditions).map(([name, schema]) =>
  inQuery(name, schema),
);
export const status: Parameter = inQuery("status", schemaRef("EventStatus"));
/** @param unlessGiven how many there are without it */
export const limit = (unlessGiven: number): Parameter =>
  inQuery("limit", { type: "integer", minimum: 1, maximum: mostItems, default: unlessGiven });
export const paging: readonly Parameter[] = [
  limit(defaultLimit),
  inQuery("cursor", { type: "string", description: "`next` of the previous page; opaque." }),
];

export const inJson = (description: string, name: string, example?: unknown): Answer => ({
  description,
  content: {
    "application/json": { schema: schemaRef(name), ...(example === undefined ? {} : { example }) },
  },
});
export const problem = (description: string): Answer => inJson(description, "ErrorResponse");
export const inBytes = (type: string): Answer => ({
  description: "The bytes as they were received.",
  content: { [type]: { schema: {} } },
});

/** What every call may answer, also without a token. */
export const wrong: Answer = problem(
  "The request is wrong; the message names the parameter and what to write instead.",
);

/** Answers that every call behind the token may give. */
export const usual: Readonly<Record<string, Answer>> = {
  "400": wrong,
  "401": {
    ...problem("The token is missing or wrong."),
    headers: { "WWW-Authenticate": { description: "`Bearer`", schema: { type: "string" } } },
  },
  "500": problem("A fault of Hookwell; the log of the server says which."),
  "503": {
    ...problem("The queue, the ledger or the quarantine cannot be read or written now."),
    headers: { "Retry-After": { description: "Seconds.", schema: { type: "string" } } },
  },
};
