import json from "../../sender-api/management-api.json" with { type: "json" };
import type { operations as Operations } from "../../sender-api/management-api.ts";

/** The operations by their ids; those in the form of an API Space are named like the others, and do the same. */
export type OperationId = Exclude<keyof Operations, `${string}InSpace`>;

/** How a caller shows who they are: API user and password, or the access token of an API Space. */
export type Scheme = "basicAuth" | "bearerAuth";

/** A parameter as the document has it. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly explode?: boolean;
  readonly schema: { readonly type: string };
}

/** One call of the sender's API, as its OpenAPI document describes it. */
export interface Operation {
  readonly id: OperationId;
  readonly method: string;
  /** As in the document, such as `/cpaas/webhooks/{webhookId}`. */
  readonly path: string;
  readonly scheme: Scheme;
  readonly parameters: readonly Parameter[];
  /** Where in the document the schema of its body is, as a JSON pointer; undefined if it takes none. */
  readonly body: string | undefined;
}

/** The part of the document that routes are made from. */
interface Document {
  readonly security: readonly Security[];
  readonly paths: Readonly<Record<string, PathItem>>;
}
type Security = Readonly<Partial<Record<Scheme, unknown>>>;
interface PathItem extends Readonly<Partial<Record<(typeof methods)[number], Described>>> {
  readonly parameters?: readonly Referable[];
}
interface Described {
  readonly operationId: string;
  readonly security?: readonly Security[];
  readonly parameters?: readonly Referable[];
  readonly requestBody?: unknown;
}
type Referable = Parameter | { readonly $ref: string };

const methods = ["get", "post", "put", "patch", "delete"] as const;

/** The sender's REST API. Its facts come from the vendor's specifications; `x-documented: false` marks what is inferred. */
export const document: Document = json as unknown as Document;

/** Every operation of the document. */
export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const described = item[method];
    return described === undefined ? [] : [operationOf(path, method, item, described)];
  }),
);

function operationOf(path: string, method: string, item: PathItem, described: Described): Operation {
  const { operationId, security = document.security, requestBody } = described;
  const parameters = [...(item.parameters ?? []), ...(described.parameters ?? [])].map(resolved);
  const place = ["paths", path, method, "requestBody", "content", "application/json", "schema"];
  return {
    id: operationId.replace(/InSpace$/, "") as OperationId,
    method,
    path,
    scheme: security.some((needed) => needed.bearerAuth !== undefined) ? "bearerAuth" : "basicAuth",
    parameters,
    body: requestBody === undefined ? undefined : pointerTo(place),
  };
}

function resolved(parameter: Referable): Parameter {
  if (!("$ref" in parameter)) return parameter;
  const steps = parameter.$ref.split("/").slice(1);
  let found: unknown = json;
  for (const step of steps) found = (found as Readonly<Record<string, unknown>>)[step];
  return found as Parameter;
}

function pointerTo(steps: readonly string[]): string {
  const escaped = steps.map((step) => step.replaceAll("~", "~0").replaceAll("/", "~1"));
  return `/${escaped.map(encodeURIComponent).join("/")}`;
}
