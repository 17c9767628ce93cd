import { gzipSync } from "node:zlib";
import { below, oneIn, pick } from "../../../src/lib/random.ts";
import type { Kept, Maker, Source } from "./attack.ts";
import { chunked, head, signature, signed } from "../network/http-bytes.ts";
import { anyBytes, oddEvent, unusableElements } from "../events/odd-events.ts";

/** Largest body that the server under attack takes. */
export const attackedBodyLimit: number = 256 * 1_024;

const signedScalar: Maker = ({ random }) => {
  const scalar = pick(random, ["0", '"x"', "true", "null", "1e999"]) ?? "";
  return { bytes: signed(scalar), right: [[400]] };
};

const flippedBit: Maker = ({ random, id }) => {
  const eventId = id();
  const body = oddEvent(eventId, random);
  const bytes = signed(body);
  const at = bytes.length - 1 - below(random, body.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
  return { bytes, right: [[401]], absent: [eventId] };
};

const odd: Maker = ({ random, id }) => {
  const kept = keptOf({ random, id });
  return { bytes: signed(kept.body), right: [[200]], kept: [kept] };
};

const mixed: Maker = (source) => {
  const { body, kept } = mixedArray(source);
  return { bytes: signed(body), right: [[200]], kept };
};

/** Requests that are right as HTTP, with all that can be wrong or strange in a delivery. */
export const deliveryAttacks: Readonly<Record<string, Maker>> = {
  signedScalar,
  flippedBit,
  odd,
  mixed,
  signedNonsense: ({ random }) => {
    const body = Buffer.concat([Buffer.from("\u0001"), anyBytes(random, 300)]);
    return { bytes: signed(body), right: [[400]] };
  },
  chunked: (source) => {
    const { body, kept } = mixedArray(source);
    return { bytes: chunked(body, source.random), right: [[200]], kept };
  },
  tooLarge: ({ random }) => {
    const length = attackedBodyLimit + 1 + below(random, 1e9);
    return {
      bytes: head([`Content-Length: ${length}`], anyBytes(random, 5_000)),
      right: [[413]],
      farewell: "end",
    };
  },
  endless: ({ random }) => {
    const chunk = Buffer.from(`10000\r\n${"x".repeat(65_536)}\r\n`);
    const chunks = Array.from({ length: 5 + below(random, 20) }, () => chunk);
    return {
      bytes: head(["Transfer-Encoding: chunked"], Buffer.concat(chunks)),
      right: [[413]],
      farewell: "end",
    };
  },
  wrongMethod: ({ random }) => {
    const method = pick(random, ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]);
    const target = pick(random, ["/", "http://x/"]);
    return {
      bytes: Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      right: [[405]],
    };
  },
  wrongPath: ({ random }) => {
    const path = pick(random, [
      "/nope",
      "//",
      "/%00%ff",
      "/../../etc/passwd",
      "http://x/nope",
      "/api",
      "*",
      "/\\..\\x",
    ]);
    const method = pick(random, ["POST", "PUT", "TRACE", "DELETE"]);
    return {
      bytes: Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      right: [[method === "TRACE" ? 501 : 404]],
    };
  },
  compressed: ({ random, id }) => {
    const eventId = id();
    const plain = oddEvent(eventId, random);
    const body = gzipSync(plain);
    const isHonest = oneIn(random, 2);
    const headers = [
      "Content-Encoding: gzip",
      `Content-Length: ${body.length}`,
      signature(isHonest ? body : plain),
    ];
    return { bytes: head(headers, body), right: [[isHonest ? 400 : 401]], absent: [eventId] };
  },
  twoSignatures: ({ random, id }) => {
    const eventId = id();
    const body = oddEvent(eventId, random);
    const headers = [signature(body), signature("other"), `Content-Length: ${body.length}`];
    return { bytes: head(headers, body), right: [[401]], absent: [eventId] };
  },
  expectation: ({ random, id }) => {
    const kept = keptOf({ random, id });
    const headers = ["Expect: 100-continue", signature(kept.body), `Content-Length: ${kept.body.length}`];
    return { bytes: head(headers, kept.body), right: [[100, 200]], kept: [kept] };
  },
  pipelined: (source) => {
    const parts = Array.from({ length: 2 + below(source.random, 8) }, () => {
      const make = pick(source.random, [odd, mixed, signedScalar, flippedBit]);
      return (make ?? odd)(source);
    });
    const open = parts.map(({ bytes }, index) => {
      return index === parts.length - 1
        ? bytes
        : Buffer.from(Buffer.from(bytes).toString("latin1").replace("close", "keep-alive"), "latin1");
    });
    const right = [parts.flatMap((part) => part.right[0] ?? [])];
    return {
      bytes: Buffer.concat(open),
      right,
      kept: parts.flatMap(({ kept = [] }) => kept),
      absent: parts.flatMap(({ absent = [] }) => absent),
    };
  },
};

/** An array of good events and of elements that are none. */
function mixedArray({ random, id }: Source): { readonly body: Buffer; readonly kept: readonly Kept[] } {
  const kept: Kept[] = [];
  const elements = Array.from({ length: below(random, 6) }, () => {
    if (oneIn(random, 3)) return Buffer.from(pick(random, unusableElements) ?? "");
    const eventId = id();
    // Inside of an array neither white space nor a byte order mark belongs to the event.
    const body = Buffer.from(
      oddEvent(eventId, random).toString("latin1").replace("\u00ef\u00bb\u00bf", "").trim(),
      "latin1",
    );
    kept.push({ eventId, body });
    return body;
  });
  const joined = elements.flatMap((element, index) =>
    index === 0 ? [element] : [Buffer.from(" ,\n"), element],
  );
  return { body: Buffer.concat([Buffer.from("["), ...joined, Buffer.from(" ]")]), kept };
}

function keptOf({ random, id }: Source): Kept {
  const eventId = id();
  return { eventId, body: oddEvent(eventId, random) };
}
