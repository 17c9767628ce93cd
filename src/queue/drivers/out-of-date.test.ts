import { expect, test } from "vitest";
import { parseEngineUrl } from "../../lib/engines/engine-url.ts";
import { refusalOf as postgresRefusal } from "../../lib/postgres/refusal.ts";
import { amqpTarget } from "./amqp/connection/url.ts";
import { refusalOf as amqpRefusal } from "./amqp/connection/refusal.ts";
import { refusalOf as natsRefusal } from "./nats/connection/refusal.ts";
import { refusalOf as redisRefusal } from "./redis/connection/refusal.ts";
import { redisPlace } from "./redis/connection/url.ts";

const refusals: Readonly<Record<string, (error: Error) => Error | undefined>> = {
  amqp: (error) => amqpRefusal(error, amqpTarget("amqps://host")),
  nats: (error) => natsRefusal(error, parseEngineUrl("tls://host")),
  postgres: (error) => postgresRefusal(error, { part: "queue", shown: "postgres://host", schema: "" }),
  redis: (error) => redisRefusal(error, redisPlace("rediss://host")),
};

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.for(Object.entries(refusals))(
  "%s: a certificate that is refused for its dates is waited for, unlike one that is not trusted",
  ([, refusalOf]) => {
    expect(refusalOf(failure("CERT_NOT_YET_VALID", "certificate is not yet valid"))).toBeUndefined();
    expect(refusalOf(failure("CERT_HAS_EXPIRED", "certificate has expired"))).toBeUndefined();
    expect(refusalOf(failure("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in chain"))).toBeDefined();
  },
);
