import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { PostgresBell } from "./bell.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A connection that works until it hangs. */
class Client extends EventEmitter {
  isHung = false;
  isReleased = false;

  async query(): Promise<void> {
    if (this.isHung) throw new Error("no answer in time");
  }

  release(): void {
    this.isReleased = true;
  }
}

test("one that ends long after it was given up takes no further connection", async () => {
  const clients: Client[] = [];
  const connecting = Promise.withResolvers<void>();
  const connect = async (): Promise<Client> => {
    if (clients.length > 0) await connecting.promise;
    const client = new Client();
    clients.push(client);
    return client;
  };
  const db = { schema: "hookwell", pool: { connect } } as unknown as Postgres;
  const bell = new PostgresBell(
    db,
    () => undefined,
    () => undefined,
  );
  bell.listen();
  await vi.advanceTimersByTimeAsync(0);
  const [first] = clients;
  if (first !== undefined) first.isHung = true;
  await vi.advanceTimersByTimeAsync(6_500);

  first?.emit("end");
  connecting.resolve();
  await vi.advanceTimersByTimeAsync(3_000);

  expect(clients.map(({ isReleased }) => isReleased)).toEqual([true, false]);
  bell.close();
  expect(clients.map(({ isReleased }) => isReleased)).toEqual([true, true]);
});
