import type { operations } from "../../sender-api/management-api.ts";
import type { OperationId } from "./document.ts";

type Parameters<Id extends OperationId> = operations[Id]["parameters"];
type Responses<Id extends OperationId> = operations[Id]["responses"];
type Json<Described> = Described extends { content: { "application/json": infer Body } } ? Body : undefined;

/** A call that the document has approved of. */
export interface Call<Id extends OperationId> {
  readonly path: Parameters<Id>["path"];
  readonly query: NonNullable<Parameters<Id>["query"]>;
  /** The etag that the caller has seen last, quotes included. */
  readonly ifMatch: string | undefined;
  readonly body: operations[Id] extends { requestBody: infer Body } ? Json<Body> : undefined;
  /** Where the caller has reached the sandbox, such as `http://127.0.0.1:4010`. */
  readonly origin: string;
}

/** An answer that the document knows. Any other is thrown, as an `HTTPException`. */
export type Reply<Id extends OperationId> = {
  [Status in keyof Responses<Id> & number]: {
    readonly status: Status;
    readonly body: Json<Responses<Id>[Status]>;
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof Responses<Id> & number];

/** Answers the calls of an operation. */
export type Handler<Id extends OperationId> = (call: Call<Id>) => Reply<Id> | Promise<Reply<Id>>;

/** One for every operation of the document. */
export type Handlers = { readonly [Id in OperationId]: Handler<Id> };
