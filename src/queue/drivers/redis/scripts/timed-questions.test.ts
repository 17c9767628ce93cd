import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RedisClient } from "../connection/client.ts";
import { redisScript } from "./script.ts";
import { TimedQuestions } from "./timed-questions.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const script = redisScript("");

/** A server by whose clock questions come late, and the way to it and back. */
class Server {
  aheadMs = 1_000_000;
  thereMs = 1;
  backMs = 1;
  readonly #questions = new TimedQuestions();

  /** Whether the server has done what it was asked. */
  async does(): Promise<boolean> {
    return (await this.#questions.ask(this.#client, script, [], [])) !== undefined;
  }

  get #client(): RedisClient {
    const sendCommand = async (args: readonly string[]): Promise<unknown> => {
      vi.advanceTimersByTime(this.thereMs);
      const time = Math.floor(performance.now() + this.aheadMs);
      vi.advanceTimersByTime(this.backMs);
      return time > Number(args.at(-1)) ? [time] : [time, "done"];
    };
    return { sendCommand } as unknown as RedisClient;
  }
}

test("the first question only tells the time", async () => {
  const server = new Server();

  expect([await server.does(), await server.does()]).toEqual([false, true]);
});

test("several first questions at once tell the time, too, and nobody that they come late", async () => {
  const server = new Server();

  expect(await Promise.all([server.does(), server.does(), server.does()])).toEqual([false, false, false]);

  expect(await server.does()).toBe(true);
});

test("slow answers make no question late", async () => {
  const server = new Server();
  await server.does();

  server.backMs = 4_500;

  for (let times = 0; times < 3; times += 1) expect(await server.does()).toBe(true);
});

test("the second question in a row that comes late is told, and so are those after it", async () => {
  const server = new Server();
  await server.does();
  await server.does();

  server.thereMs = 3_500;

  expect(await server.does()).toBe(false);
  await expect(server.does()).rejects.toThrow("too slowly");
  await expect(server.does()).rejects.toThrow("too slowly");
  server.thereMs = 1;
  expect(await server.does()).toBe(true);
});

test("a clock that was set forward makes one question late", async () => {
  const server = new Server();
  await server.does();
  await server.does();

  server.aheadMs += 3_600_000;

  expect([await server.does(), await server.does()]).toEqual([false, true]);
});

test("what comes late is known as late also after a clock was set back", async () => {
  const server = new Server();
  await server.does();
  server.aheadMs -= 3_600_000;
  expect(await server.does()).toBe(true);

  server.thereMs = 3_500;

  expect(await server.does()).toBe(false);
});
