import type { PoolClient } from "pg";
import { transactionControlIn } from "./transaction-control.ts";

export interface HandlerClientParts {
  readonly isOver: () => boolean;
  /** Told of each query that fails. */
  readonly failed: (error: unknown) => void;
}

/**
 * The client that a handler gets: of no use any more once the transaction is over, when the connection is another's, and
 * without what would end the transaction or the connection before. It refuses by throwing at once, so that it is heard of
 * also by those who do not wait for an answer. A query that nobody waits for does not end the process when it fails.
 */
export function handlerClient(client: PoolClient, { isOver, failed }: HandlerClientParts): PoolClient {
  const refused = (): never => {
    throw new Error(
      "Hookwell opens and closes the connection of ctx.tx() itself: leave connect and end out.",
    );
  };
  const refuseLate = (): void => {
    if (isOver()) throw new Error("The transaction of this event is over.");
  };
  const shared: PoolClient = new Proxy(client, {
    get: (target, key) => {
      // It says only that the handler is done with it, as `finally` blocks do; Hookwell is when the event is settled.
      if (key === "release") return release;
      // Each promise that is to give it asks for this, also when all is over, and would reject where nobody looks.
      if (key === "then") return undefined;
      refuseLate();
      if (key === "end" || key === "connect") return refused;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown => {
        // A method may be kept for longer than the client.
        refuseLate();
        if (key === "query") refuseControl(args[0]);
        const result: unknown = Reflect.apply(value, target, args);
        if (result instanceof Promise) result.catch(failed);
        return result === target ? shared : result;
      };
    },
  });
  return shared;
}

const release = (): void => undefined;

/** @param asked SQL, or an object that has it */
function refuseControl(asked: unknown): void {
  const isObject = typeof asked === "object" && asked !== null && "text" in asked;
  const sql = isObject ? asked.text : asked;
  const words = typeof sql === "string" ? transactionControlIn(sql) : undefined;
  if (words === undefined) return;
  throw new Error(
    `Leave "${words}" out: Hookwell itself begins and ends the transaction in which an event is settled.`,
  );
}
