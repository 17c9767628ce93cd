import { expect, test } from "vitest";
import { verify } from "../event/signature.ts";
import { aMessage } from "./a-message.ts";
import { anEvent } from "./an-event.ts";
import { signed } from "./signed.ts";

const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";

const life = aMessage().sent().read();
const event = anEvent("chat.closed");

test.each([
  ["one event is an object", event, JSON.stringify(event)],
  ["several are an array", [event], JSON.stringify([event])],
  ["a life is an array", life, JSON.stringify(life.events)],
  ["text is as it is", '{"ä": 1.0 }', '{"ä": 1.0 }'],
  ["bytes are as they are", new Uint8Array([0x7b, 0x7d]), "{}"],
])("signed, %s, as bytes and as a request", async (_, what, text) => {
  const { body, headers, request } = signed(what, secret);

  expect(new TextDecoder().decode(body)).toBe(text);
  expect(headers).toMatchObject({ "content-type": "application/json" });
  expect(verify(body, headers["x-comapi-signature"], secret)).toBe(true);
  const posted = request("http://localhost/hooks");
  expect([posted.method, posted.url, await posted.text()]).toEqual(["POST", "http://localhost/hooks", text]);
  expect(posted.headers.get("x-comapi-signature")).toBe(headers["x-comapi-signature"]);
});

test("a request can be had again and again", async () => {
  const { request } = signed(event, secret);

  expect(await request().text()).toBe(await request().text());
});
