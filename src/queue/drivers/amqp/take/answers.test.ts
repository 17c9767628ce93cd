import assert from "node:assert/strict";
import type { Channel } from "rabbitmq-client";
import { expect, test } from "vitest";
import { acknowledge } from "./answers.ts";
import { AmqpHeld, type Held } from "./held.ts";

/** A channel on which these came, and what it was told of them. */
function channelWith(tags: readonly number[], holding = new AmqpHeld()) {
  const told: string[] = [];
  const basicAck = ({ deliveryTag, multiple = false }: { deliveryTag: number; multiple?: boolean }): void =>
    void told.push(`${multiple ? "up to " : ""}${deliveryTag}`);
  const state = { active: true, basicAck };
  const channel = state as unknown as Channel;
  const all = tags.map((deliveryTag, at) => {
    const held = { order: holding.size + at, channel, came: { deliveryTag }, isOut: true } as Held;
    return [deliveryTag, held] as const;
  });
  for (const [, held] of all) holding.arrived(held);
  const held = (...some: readonly number[]) => some.flatMap((tag) => new Map(all).get(tag) ?? []);
  return { told, held, state, ack: (...some: readonly number[]) => acknowledge(holding, held(...some)) };
}

test("those in a row from the first on are acknowledged together, whatever order they are given in", () => {
  const { told, ack } = channelWith([1, 2, 3, 4]);

  ack(3, 1, 2);
  ack(4);

  expect(told).toEqual(["up to 3", "up to 4"]);
});

test("those behind one that is not answered are acknowledged by themselves, and it is left", () => {
  const { told, ack } = channelWith([1, 2, 3, 4, 5]);

  ack(1, 3, 5);
  ack(4);

  expect(told).toEqual(["up to 1", "3", "5", "4"]);
});

test("one that was left joins what is behind it once it is answered", () => {
  const { told, ack } = channelWith([1, 2, 3, 4]);
  ack(2);

  ack(1, 3);

  expect(told).toEqual(["2", "up to 3"]);
});

test("what was acknowledged is not acknowledged again: the server would end the channel", () => {
  const { told, ack } = channelWith([1, 2, 3]);
  ack(1, 3);

  ack(1, 3);

  expect(told).toEqual(["up to 1", "3"]);
});

test("each channel is told of its own, and one that is gone of nothing", () => {
  const holding = new AmqpHeld();
  const [first, second, gone] = [[1, 2], [1], [1]].map((tags) => channelWith(tags, holding));
  assert(first !== undefined && second !== undefined && gone !== undefined);
  gone.state.active = false;

  acknowledge(holding, [...first.held(1), ...second.held(1), ...gone.held(1), ...first.held(2)]);

  expect([first.told, second.told, gone.told]).toEqual([["up to 2"], ["up to 1"], []]);
});
