import { expect, test } from "vitest";
import { errorFields } from "../../../../log.ts";
import { amqpTarget } from "./url.ts";
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

test("a certificate for another host is told as that", () => {
  const fields = { code: "ERR_TLS_CERT_ALTNAME_INVALID", host: "127.0.0.1" };
  const error = Object.assign(new Error("Hostname/IP does not match certificate's altnames"), fields);

  const refusal = refusalOf(error, amqpTarget("amqps://someone:secret@127.0.0.1"));

  expect(refusal?.message).toBe(
    "HOOKWELL_QUEUE (--queue) cannot speak TLS with amqps://someone@127.0.0.1: " +
      "the certificate there is not for 127.0.0.1; name the host as it does.",
  );
});
