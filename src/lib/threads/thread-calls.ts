import type { Answer } from "./thread-client.ts";

/** A call as it reaches the thread. */
export interface ServiceCall {
  readonly method: string;
  readonly arg: unknown;
  readonly bytes: readonly Uint8Array[];
}

/** Why a call failed: the message of the error. */
export interface Failure {
  readonly error: string;
}

/** What the service answers to a call. */
export type ServiceAnswer = { readonly value?: unknown; readonly bytes?: readonly Uint8Array[] } | Failure;

/**
 * What a thread can be asked: an interface `C` of methods, each with one argument or none, and what it answers. Byte
 * strings travel beside both.
 */
export type ArgOf<C, M extends keyof C> = C[M] extends (...args: infer Args) => unknown ? Args[0] : never;
export type ValueOf<C, M extends keyof C> = C[M] extends (arg: never) => infer Value ? Value : never;

/** What the thread answered. */
export type AnswerOf<C, M extends keyof C> = Answer<ValueOf<C, M>>;

/** A call whose method tells the type of its argument. */
export type CallOf<C> = {
  readonly [M in keyof C & string]: ServiceCall & { readonly method: M; readonly arg: ArgOf<C, M> };
}[keyof C & string];

/** How the thread answers each call with its store. */
export type Service<C, S> = {
  readonly [M in keyof C]: (
    store: S,
    arg: ArgOf<C, M>,
    bytes: readonly Uint8Array[],
  ) => Result<ValueOf<C, M>>;
};

type Result<Value> = [Value] extends [void]
  ? void | { readonly bytes: readonly Uint8Array[] }
  : { readonly value: Value; readonly bytes?: readonly Uint8Array[] };

/** Answers one call. */
export function perform<C, S>(service: Service<C, S>, store: S, call: CallOf<C>): ServiceAnswer {
  // The compiler does not see that method and argument belong together, as they do in each of the calls.
  const method = service[call.method] as (
    store: S,
    arg: unknown,
    bytes: readonly Uint8Array[],
  ) => ServiceAnswer | undefined;
  return method(store, call.arg, call.bytes) ?? {};
}
