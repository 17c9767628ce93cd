import { below, oneIn, pick } from "../../../src/lib/random.ts";
import type { Maker } from "./attack.ts";
import { head, signature, signed } from "../network/http-bytes.ts";
import { anyBytes, oddEvent } from "../events/odd-events.ts";

/** Clients that do not speak HTTP, or speak it wrongly. */
export const protocolAttacks: Readonly<Record<string, Maker>> = {
  anyBytes: ({ random }) => ({ bytes: anyBytes(random, 400), right: [[503], []], farewell: "end" }),
  cutBody: ({ random, id }) => {
    const eventId = id();
    const bytes = signed(oddEvent(eventId, random));
    const cut = bytes.subarray(0, bytes.length - 1 - below(random, 10));
    const farewell = oneIn(random, 2) ? "end" : "cut";
    return { bytes: cut, right: [[503], []], farewell, absent: [eventId] };
  },
  brokenChunks: ({ random }) => {
    const chunks = pick(random, [
      "zz\r\nab\r\n",
      "5\r\nabcdefgh\r\n",
      "-1\r\n\r\n",
      "ffffffffffffffffff\r\n",
    ]);
    return { bytes: head(["Transfer-Encoding: chunked"], chunks), right: [[503]] };
  },
  wrongLength: ({ random, id }) => {
    const length = pick(random, [
      "abc",
      "-1",
      "+5",
      "5 5",
      "0x5",
      "99999999999999999999",
      "5\r\nContent-Length: 6",
    ]);
    const eventId = id();
    return {
      bytes: head([`Content-Length: ${length}`], oddEvent(eventId, random)),
      right: [[503]],
      absent: [eventId],
    };
  },
  twoLengths: ({ random, id }) => {
    const eventId = id();
    const body = oddEvent(eventId, random);
    const encoding = pick(random, ["chunked", "chunked, identity", "xchunked", "gzip"]);
    const headers = [`Content-Length: ${body.length}`, `Transfer-Encoding: ${encoding}`];
    return { bytes: head([...headers, signature(body)], body), right: [[503]], absent: [eventId] };
  },
  headerFlood: ({ random }) => {
    const flood = oneIn(random, 2)
      ? [`X-Flood: ${"x".repeat(20_000)}`]
      : Array.from({ length: 3_000 }, (_, index) => `x${index}: y`);
    return { bytes: head(flood), right: [[431]] };
  },
  brokenHeaders: ({ random }) => {
    const lines = ["Content-Length : 5", "No colon", " : x", "X: a\rb", "X: a\0b", "X\0: a", "é: x"];
    return { bytes: head([pick(random, lines) ?? ""]), right: [[503]] };
  },
  strangeProtocol: ({ random }) => {
    const start = pick(random, [
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003",
      "POST / HTTP/9.9\r\nHost: x\r\n\r\n",
      "POST / HTTQ/1.1\r\nHost: x\r\n\r\n",
      "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST / HTTP/1.1\nHost: x\nContent-Length: 0\nX: \u0001\n\n",
    ]);
    return { bytes: Buffer.from(start ?? "", "latin1"), right: [[503]], farewell: "end" };
  },
  // Both can be read, and have no body.
  withoutHost: ({ random }) => {
    const start = pick(random, ["POST /\r\n\r\n", "POST / HTTP/1.1\r\nConnection: close\r\n\r\n"]);
    return { bytes: Buffer.from(start ?? ""), right: [[400]], farewell: "end" };
  },
  connect: () => ({ bytes: Buffer.from("CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"), right: [[]] }),
};
