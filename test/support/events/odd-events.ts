import { below, pick } from "../../../src/lib/random.ts";

/** Bodies of events that are strange, and good all the same. Each gets an id of its own. */
const oddities: readonly ((id: string) => string | Buffer)[] = [
  (id) => `{"eventId":"${id}","name":"message.sent","n":1e999999,"m":-123456789012345678901234567890.500}`,
  (id) => `{"name":"a","eventId":"0","eventId":"${id}","name":"message.sent","name":"message.read"}`,
  (id) => `{"eventId":"${id}","name":"x.y","payload":{"id":"\\ud800","t":"\\udfff\\ud83d\\ude00"}}`,
  (id) => `{"eventId":"${id}","name":"x.y","payload":{"id":"\\u0000","\\u0000":"a\\u0000b"}}`,
  (id) => `{"eventId":"${id}","name":"message.sent","payload":${"[".repeat(2_000)}${"]".repeat(2_000)}}`,
  (id) => `{"eventId":"${id}","name":"x","__proto__":{"eventId":"0"},"constructor":{"prototype":1}}`,
  (id) => `{"eventId":"${id}","name":"message.sent","payload":{"id":{}},"revision":-0}`,
  (id) => `{"eventId":"${id}","name":"message.sent","payload":{"id":"a"},"revision":1.5,"timestamp":"soon"}`,
  (id) => `\t{ "eventId" : "${id}" ,\r\n"name":"Ünknown.😀" , "accountId": 99999999999999999999 }\n `,
  (id) => `\ufeff{"eventId":"${id}","name":"message.sent"}`,
  (id) => `{"eventId":"${id}","name":"${"n".repeat(1_000)}","payload":null}`,
  (id) => `{"eventId":"${id}","name":"\\",[]{}","payload":"],}\\\\\\""}`,
  (id) =>
    Buffer.concat([
      Buffer.from(`{"eventId":"${id}","name":"x","t":"`),
      Buffer.from([0xff, 0xc3, 0x28, 0xfe]),
      Buffer.from('"}'),
    ]),
];

/** An event that a strict reader might stumble over. */
export function oddEvent(id: string, random: () => number): Buffer {
  return Buffer.from(pick(random, oddities)?.(id) ?? "");
}

/** Things in an array that are no events. */
export const unusableElements: readonly string[] = [
  "null",
  "true",
  "-0.1e-5",
  '"text"',
  "[]",
  "{}",
  '{"eventId":"","name":"message.sent"}',
  '{"eventId":["1"],"name":"message.sent"}',
  '{"eventId":"\\ud800","name":"message.sent"}',
  '{"name":"message.sent"}',
  `[${"[".repeat(500)}${"]".repeat(500)}]`,
];

/** Bytes that are anything. */
export function anyBytes(random: () => number, most: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + below(random, most) }, () => below(random, 256)));
}
