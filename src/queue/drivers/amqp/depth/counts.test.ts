import type { AsyncMessage, Channel } from "rabbitmq-client";
import { expect, onTestFinished, test, vi } from "vitest";
import { timed } from "../../../../testing/eventually.ts";
import { AmqpCounts, type Count } from "./counts.ts";
import { AmqpNames } from "../topology/names.ts";

const nothing: Count = { held: 0, oldestSentAt: Infinity };
const countOf = (held: number): Count => ({ held, oldestSentAt: 1 });

/** The only exchange of some drivers, by which all that is published reaches everyone at once. */
function anExchange() {
  const heard = new Set<(message: AsyncMessage) => void>();
  const join = async (own: () => Count) => {
    const counts = new AmqpCounts(new AmqpNames("hookwell"), own);
    let hear: ((message: AsyncMessage) => void) | undefined;
    const channel = {
      active: true,
      queueDeclare: async () => undefined,
      queueBind: async () => undefined,
      basicConsume: async (_: unknown, on: (message: AsyncMessage) => void) => {
        // The second one is of the queue of members, to which nothing is sent.
        if (hear === undefined) heard.add((hear = on));
      },
      basicPublish: async (envelope: object, body: unknown) => {
        for (const on of heard) on({ ...envelope, body } as AsyncMessage);
      },
    } as unknown as Channel;
    await counts.join(channel);
    return { counts, hang: () => hear !== undefined && heard.delete(hear) };
  };
  return join;
}

test("all that drivers hold is told by each of them", async () => {
  const join = anExchange();
  const { counts } = await join(() => countOf(1));
  await join(() => countOf(2));
  await join(() => nothing);

  const all = await counts.all(3);

  expect(all).toHaveLength(3);
  expect(all).toEqual(expect.arrayContaining([countOf(1), countOf(2), nothing]));
});

test("a driver that does not answer now is counted with its last answer, and others with their new ones", async () => {
  const join = anExchange();
  let held = 3;
  const { counts } = await join(() => nothing);
  const hanging = await join(() => countOf(2));
  await join(() => countOf(held));
  await counts.all(3);

  hanging.hang();
  held = 4;
  const { ms, value: all } = await timed(() => counts.all(3));

  expect(all).toHaveLength(3);
  expect(all).toEqual(expect.arrayContaining([nothing, countOf(2), countOf(4)]));
  expect(ms).toBeGreaterThan(200);
});

test("a driver that has not answered for long is not counted any more", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const join = anExchange();
  const { counts } = await join(() => nothing);
  const hanging = await join(() => countOf(2));
  await counts.all(2);
  hanging.hang();
  expect(await counts.all(2)).toEqual([nothing, countOf(2)]);

  vi.advanceTimersByTime(20_000);

  expect(await counts.all(2)).toEqual([nothing]);
});

test("a driver that is gone is not counted", async () => {
  const join = anExchange();
  const { counts } = await join(() => nothing);
  const gone = await join(() => countOf(2));
  await join(() => countOf(3));
  await counts.all(3);

  gone.hang();

  expect(await counts.all(2)).toEqual([nothing, countOf(3)]);
});

test("questions at the same time are answered with what each asked for", async () => {
  const join = anExchange();
  const { counts } = await join(() => nothing);
  await join(() => countOf(3));

  const { ms, value } = await timed(() => Promise.all([counts.all(2), counts.all(2)]));

  expect(value).toEqual([
    [nothing, countOf(3)],
    [nothing, countOf(3)],
  ]);
  expect(ms).toBeLessThan(200);
});
