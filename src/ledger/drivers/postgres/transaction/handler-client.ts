import type { PoolClient } from "pg";
import { isError } from "../../../../lib/is-error.ts";
import { transactionControlIn } from "./transaction-control.ts";

export interface HandlerClientParts {
  readonly isOver: () => boolean;
  /** Told of each query that fails. */
  readonly failed: (error: unknown) => void;
}

/**
 * The client that a handler gets. It cannot be used once the transaction is over, since the connection is then
 * another's, and it refuses what would end the transaction or the connection before, or change how Hookwell reads its
 * answers. It refuses by throwing at once, so that a handler that does not wait for an answer notices, too. A query that
 * nobody waits for does not end the process when it fails.
 */
export function handlerClient(client: PoolClient, { isOver, failed }: HandlerClientParts): PoolClient {
  const refuseLate = (): void => {
    if (isOver()) throw new Error("The transaction of this event is over.");
  };
  const query = (...args: readonly unknown[]): unknown => {
    refuseLate();
    refuseControl(args[0]);
    const call: CallSite = {};
    Error.captureStackTrace(call, query);
    const noticed = (error: unknown): void => {
      leadBack(error, call);
      failed(error);
    };
    const ask: (...args: readonly unknown[]) => unknown = client.query.bind(client);
    const result = ask(...args.map((arg) => (typeof arg === "function" ? noticing(arg, noticed) : arg)));
    if (result instanceof Promise) result.catch(noticed);
    return result;
  };
  const shared: PoolClient = new Proxy(client, {
    get: (target, key) => {
      // `finally` blocks call it to say that the handler is done; Hookwell is done only when the event is settled.
      if (key === "release") return release;
      const why = refusals.get(key);
      if (why !== undefined) return refuse(why);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (key === "query") return query;
      return (...args: readonly unknown[]): unknown => {
        refuseLate();
        const result: unknown = Reflect.apply(value, target, args);
        return result === target ? shared : result;
      };
    },
  });
  return shared;
}

/** A callback for the answer to a query, as some libraries ask, with a look at whether that is an error. */
const noticing =
  (callback: Function, noticed: (error: unknown) => void) =>
  (error: unknown, ...answer: readonly unknown[]): void => {
    if (error) noticed(error);
    Reflect.apply(callback, undefined, [error, ...answer]);
  };

interface CallSite {
  readonly stack?: string;
}

/**
 * Adds the way to the handler to an error's stack. The client does so by itself, but not here: V8 follows no promise that
 * two wait for, we and the handler. An error that takes no other stack keeps its own.
 */
function leadBack(error: unknown, { stack = "" }: CallSite): void {
  if (isError(error)) Reflect.set(error, "stack", `${error.stack}${stack.replace(/^[^\n]*/, "")}`);
}

const release = (): void => undefined;

const ownConnection =
  "Hookwell opens and closes the connection of ctx.tx() itself: leave connect and end out.";

const refusals: ReadonlyMap<string | symbol, string> = new Map([
  ["connect", ownConnection],
  ["end", ownConnection],
  [
    "setTypeParser",
    "Hookwell reads with the connection of ctx.tx(), too: give `types` with the query instead of setTypeParser.",
  ],
]);

const refuse = (why: string) => (): never => {
  throw new Error(why);
};

/** @param asked SQL, or an object that holds it */
function refuseControl(asked: unknown): void {
  const isObject = typeof asked === "object" && asked !== null && "text" in asked;
  const sql = isObject ? asked.text : asked;
  const words = typeof sql === "string" ? transactionControlIn(sql) : undefined;
  if (words === undefined) return;
  throw new Error(
    `Leave "${words}" out: Hookwell itself begins and ends the transaction in which an event is settled. ` +
      "To be able to undo a part of it, use savepoints.",
  );
}
