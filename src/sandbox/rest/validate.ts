import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { document, type Operation, type Parameter } from "./document.ts";
import { type Failure, RefusedError } from "./refused.ts";

/** The parameters of a call. */
export interface Parameters {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
}

/** What the document says about the calls of an operation; both throw a `RefusedError` that names the places. */
export interface Validator {
  /** Texts that stand for numbers, truths and lists become such; defaults are filled in. */
  parameters(raw: Parameters): Parameters;
  body(body: unknown): void;
}

const options = { allErrors: true, strict: false, verbose: true };
const ofBodies = new Ajv(options).addSchema(document, "api");
const ofParameters = new Ajv({ ...options, coerceTypes: true, useDefaults: true });
for (const ajv of [ofBodies, ofParameters]) formats.default(ajv);

const known = new WeakMap<Operation, Validator>();

/** Checks the calls of an operation. Compiled at its first call, and then for all sandboxes of this process. */
export function validatorOf(operation: Operation): Validator {
  const validator = known.get(operation) ?? compile(operation);
  known.set(operation, validator);
  return validator;
}

function compile({ parameters, body }: Operation): Validator {
  const check = ofParameters.compile<Parameters>(schemaOf(parameters));
  const lists = parameters.filter(({ schema, explode }) => schema.type === "array" && explode === false);
  return {
    parameters: (raw) => {
      const value = structuredClone({ ...raw, query: withLists(raw.query, lists) });
      if (!check(value)) throw new RefusedError(failuresOf(check, ""));
      return value;
    },
    body: body === undefined ? () => undefined : bodyValidator({ $ref: `api#${body}` }),
  };
}

/** Checks a body against a schema; throws a `RefusedError`. */
export function bodyValidator(schema: object): (body: unknown) => void {
  const check = ofBodies.compile(schema);
  return (body) => {
    if (!check(body)) throw new RefusedError(failuresOf(check, "$"));
  };
}

function schemaOf(parameters: readonly Parameter[]): object {
  const places = ["path", "query", "header"].map((place) => {
    const here = parameters.filter((parameter) => parameter.in === place);
    const properties = Object.fromEntries(here.map(({ name, schema }) => [name, schema]));
    const required = here.filter((parameter) => parameter.required).map(({ name }) => name);
    return [place, { type: "object", properties, required }] as const;
  });
  return { type: "object", properties: Object.fromEntries(places) };
}

/** `a,b` is a list where the document says that a list is one text. */
function withLists(query: Parameters["query"], lists: readonly Parameter[]): Parameters["query"] {
  const given = lists.filter(({ name }) => typeof query[name] === "string");
  return { ...query, ...Object.fromEntries(given.map(({ name }) => [name, String(query[name]).split(",")])) };
}

const failuresOf = ({ errors }: ValidateFunction, root: string): readonly Failure[] =>
  (errors ?? []).map((error) => ({ path: pathOf(error, root), message: messageOf(error) }));

function pathOf({ instancePath, keyword, params }: ErrorObject, root: string): string {
  const inner = keyword === "required" ? params["missingProperty"] : params["additionalProperty"];
  const steps = [...instancePath.split("/").slice(1), ...(inner === undefined ? [] : [String(inner)])];
  const path = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("");
  return `${root}${path}`.replace(/^\./, "");
}

function messageOf({ keyword, params, parentSchema, message = "is refused" }: ErrorObject): string {
  switch (keyword) {
    case "required":
      return "is required";
    case "enum":
      return `must be one of ${(params["allowedValues"] as readonly string[]).join(", ")}`;
    case "additionalProperties":
      return `does not exist; there are ${Object.keys((parentSchema?.["properties"] ?? {}) as object).join(", ")}`;
    default:
      return message;
  }
}
