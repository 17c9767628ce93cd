import { EventEmitter } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { PostgresNotifications } from "./notifications.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A connection that works until it hangs. */
class Client extends EventEmitter {
  isHung = false;
  isReleased = false;
  readonly answers: WeakRef<object>[] = [];

  async query(): Promise<object> {
    if (this.isHung) throw new Error("no answer in time");
    const answer = {};
    this.answers.push(new WeakRef(answer));
    return answer;
  }

  release(): void {
    this.isReleased = true;
  }
}

/** One that listens on such connections, and what it has told; connections after the first are there when told so. */
function startListening(connecting: Promise<void> = Promise.resolve()) {
  const clients: Client[] = [];
  const told: string[] = [];
  const connect = async (): Promise<Client> => {
    if (clients.length > 0) await connecting;
    const client = new Client();
    clients.push(client);
    return client;
  };
  const db = { schema: "hookwell", pool: { connect } } as unknown as Postgres;
  const notifications = new PostgresNotifications(
    db,
    () => told.push("ring"),
    () => told.push("broken"),
  );
  notifications.listen();
  return { notifications, clients, told, areReleased: () => clients.map(({ isReleased }) => isReleased) };
}

test("one that ends long after it was given up takes no further connection", async () => {
  const connecting = Promise.withResolvers<void>();
  const { notifications, clients, areReleased } = startListening(connecting.promise);
  await vi.advanceTimersByTimeAsync(0);
  const [first] = clients;
  if (first !== undefined) first.isHung = true;
  await vi.advanceTimersByTimeAsync(6_500);

  first?.emit("end");
  connecting.resolve();
  await vi.advanceTimersByTimeAsync(3_000);

  expect(areReleased()).toEqual([true, false]);
  notifications.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(areReleased()).toEqual([true, true]);
});

test.each(["end", "error"])(
  "who listens again (%s) looks at once for what came meanwhile, and is told that it may be another server",
  async (how) => {
    const { notifications, clients, told } = startListening();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(["ring"]);

    // An error that nobody listens to would end the process.
    clients[0]?.emit(how);
    await vi.advanceTimersByTimeAsync(1_000);

    expect(told).toEqual(["ring", "broken", "ring"]);
    notifications.close();
  },
);

test("a connection that is there only after the end is given back", async () => {
  const connecting = Promise.withResolvers<void>();
  const { notifications, clients, areReleased } = startListening(connecting.promise);
  await vi.advanceTimersByTimeAsync(0);
  clients[0]?.emit("end");
  await vi.advanceTimersByTimeAsync(1_000);

  notifications.close();
  connecting.resolve();
  await vi.advanceTimersByTimeAsync(0);

  expect(areReleased()).toEqual([true, true]);
});

test("what was sent after a rest is told at once, and what follows soon is told together", async () => {
  let told = 0;
  const query = async (): Promise<void> => void (told += 1);
  const db = { schema: "hookwell", pool: { query } } as unknown as Postgres;
  const notifications = new PostgresNotifications(
    db,
    () => undefined,
    () => undefined,
  );

  notifications.tell();
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toBe(1);
  for (let ms = 0; ms < 40; ms += 2) {
    notifications.tell();
    await vi.advanceTimersByTimeAsync(2);
  }
  expect(told).toBe(3);
  await vi.advanceTimersByTimeAsync(1_000);
  notifications.tell();
  await vi.advanceTimersByTimeAsync(1);

  expect(told).toBe(4);
  notifications.close();
});

test("asking whether the connection is still there takes no memory, however often it was", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { notifications, clients } = startListening();

  for (let times = 0; times < 10; times += 1) await vi.advanceTimersByTimeAsync(5_000);
  collect();

  const answers = clients[0]?.answers ?? [];
  expect(answers.length).toBeGreaterThan(10);
  // The last one may be on the stack.
  expect(answers.filter((answer) => answer.deref() !== undefined).length).toBeLessThan(2);
  notifications.close();
});
