import { shareOf } from "../chance.ts";

/** How a handler can go wrong. */
export type Misdeed =
  /** Throws an error. */
  | "throws"
  /** Never comes to its end, and does not listen to the signal. */
  | "hangs"
  /** Holds up the whole process for a while, then works. */
  | "blocks"
  /** Ends the process. */
  | "exits"
  /** Takes memory until the process dies. */
  | "allocates";

/** A row of a menu: about one event in `oneIn` does this, in its first `attempts` attempts, or in all of them. */
export interface Dish {
  readonly misdeed: Misdeed;
  readonly oneIn: number;
  readonly attempts: number | "all";
}

/** What handlers do with the events of a stage; events that no row takes are handled as they should. */
export interface Menu {
  readonly seed: number;
  readonly dishes: readonly Dish[];
  /** Handlers that work take between these, in ms. */
  readonly workMs: readonly [least: number, most: number];
}

/** What the handler does with this event: a function of its id, so that the oracle knows it too. */
export function dishOf({ seed, dishes }: Menu, eventId: string): Dish | undefined {
  return dishes.find(({ misdeed, oneIn, attempts }) => {
    return shareOf([seed, misdeed, attempts, eventId].join("/")) < 1 / oneIn;
  });
}

/** True if an event can never be handled, as long as nobody mends the handler. */
export function isPoison(menu: Menu, eventId: string): boolean {
  const dish = dishOf(menu, eventId);
  return dish?.attempts === "all" && dish.misdeed !== "blocks";
}
