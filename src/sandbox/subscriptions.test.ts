import { expect, test } from "vitest";
import { sample } from "./samples.ts";
import { wants, written } from "./subscriptions.ts";

const sms = written(sample("message.sent"));
const inbound = written(sample("message.inbound"));
const channel = (value: string) => ({ name: "channel", value });

test.each([
  ["of the type", sms, [{ type: "message.sent" }], true],
  ["with no filters in it", sms, [{ type: "message.sent", filters: [] }], true],
  ["of another type", sms, [{ type: "message.read" }], false],
  ["for the channel", sms, [{ type: "message.sent", filters: [channel("sms")] }], true],
  ["for another channel", sms, [{ type: "message.sent", filters: [channel("rcs")] }], false],
  ["for the channel of an answer", inbound, [{ type: "message.inbound", filters: [channel("sms")] }], true],
  ["with an unknown filter", sms, [{ type: "message.sent", filters: [{ name: "colour" }] }], false],
  [
    "one of several",
    sms,
    [{ type: "message.sent", filters: [channel("rcs")] }, { type: "message.sent" }],
    true,
  ],
])("a subscription %s", (_, event, subscriptions, wanted) => {
  expect(wants({ name: "mine", url: "http://receiver.test/", subscriptions }, event)).toBe(wanted);
});

test("a registration without subscriptions wants nothing", () => {
  expect(wants({ name: "mine", url: "http://receiver.test/" }, sms)).toBe(false);
});
