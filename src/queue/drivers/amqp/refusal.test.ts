import { expect, test } from "vitest";
import { errorFields } from "../../../log.ts";
import { amqpTarget } from "./options.ts";
import { refusalOf } from "./refusal.ts";

test("a refusal tells what the server has said, without what the client puts before it", () => {
  const said = "ACCESS_REFUSED - Login was refused";
  const error = Object.assign(new Error(`undefined: ${said}`), { code: "ACCESS_REFUSED" });

  const refusal = refusalOf(error, amqpTarget("amqp://someone:secret@host"));

  expect(errorFields(refusal)).toEqual({
    error: "HOOKWELL_QUEUE (--queue) is refused by amqp://someone@host: check user and password.",
    cause: said,
  });
});
