import { setTimeout as sleep } from "node:timers/promises";
import { between } from "../chance.ts";
import { dishOf, type Dish, type Menu } from "./behaviour.ts";

/** How long `blocks` holds up the process, in ms. */
const blockMs = 700;
/** Keeps what was allocated, which would otherwise be collected. */
const hoard: unknown[] = [];

/** Does what the menu says for an event; resolves if the handler is to work. */
export async function behave(menu: Menu, eventId: string, attempt: number, mended: boolean): Promise<void> {
  const dish = dishOf(menu, eventId);
  if (dish !== undefined && isTurn(dish, attempt) && !(mended && dish.attempts === "all")) {
    return commit(dish.misdeed);
  }
  const ms = between(Math.random, ...menu.workMs);
  if (ms >= 1) await sleep(ms);
}

const isTurn = ({ attempts }: Dish, attempt: number): boolean => attempts === "all" || attempt <= attempts;

function commit(misdeed: Dish["misdeed"]): Promise<void> {
  switch (misdeed) {
    case "throws":
      throw new Error("This handler throws.");
    case "hangs":
      return new Promise(() => undefined);
    case "blocks":
      return Promise.resolve(block());
    case "exits":
      return process.exit(1);
    case "allocates":
      return allocate();
  }
}

function block(): void {
  const end = performance.now() + blockMs;
  while (performance.now() < end);
}

function allocate(): never {
  for (;;) hoard.push(Array.from({ length: 10_000 }, (_, index) => ({ index })));
}
