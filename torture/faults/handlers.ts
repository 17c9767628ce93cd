import { deliveriesAlone, plain, type Fault } from "../fault.ts";
import { usual, usualFor, type Setting } from "../setting.ts";

type Handlers = Pick<Fault, "name" | "about" | "rounds"> & Pick<Setting, "dishes" | "env">;

/** Handlers that misbehave, some for a while and some for good; else nothing happens. */
function handlersThat({ name, about, rounds, dishes, env }: Handlers): Fault {
  return {
    ...plain,
    name,
    about,
    rounds,
    setting: (quick) => ({
      ...usualFor(quick),
      dishes,
      env: { HOOKWELL_MAX_ATTEMPTS: "4", ...env },
      // A process that runs out of memory takes seconds to die, and suspects are tried one at a time.
      allSettledMs: 90_000,
      // Where the process ends again and again, an outcome may wait for several starts.
      settleMs: 15_000,
    }),
    strike: deliveriesAlone,
  };
}

export const throwing: Fault = handlersThat({
  name: "handlers",
  about: "handlers throw, hang and hold up the process",
  rounds: { usual: 3, quick: 1 },
  dishes: [
    { misdeed: "throws", oneIn: 20, attempts: "all" },
    { misdeed: "throws", oneIn: 5, attempts: 3 },
    { misdeed: "hangs", oneIn: 200, attempts: "all" },
    { misdeed: "hangs", oneIn: 60, attempts: 1 },
    { misdeed: "blocks", oneIn: 400, attempts: "all" },
  ],
  env: { HOOKWELL_HANDLER_TIMEOUT: "300ms" },
});

export const exiting: Fault = handlersThat({
  name: "exits",
  about: "handlers end the process",
  rounds: { usual: 2, quick: 1 },
  dishes: [
    { misdeed: "exits", oneIn: 600, attempts: "all" },
    { misdeed: "exits", oneIn: 400, attempts: 2 },
    ...usual.dishes,
  ],
  env: {},
});

export const allocating: Fault = handlersThat({
  name: "memory",
  about: "handlers allocate until the process dies",
  rounds: { usual: 2, quick: 1 },
  dishes: [
    { misdeed: "allocates", oneIn: 800, attempts: "all" },
    { misdeed: "allocates", oneIn: 600, attempts: 2 },
    ...usual.dishes,
  ],
  env: { NODE_OPTIONS: "--max-old-space-size=100" },
});
