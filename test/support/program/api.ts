import { Ajv2020 } from "ajv/dist/2020.js";
import { createApi } from "../../../src/api/api.ts";
import type { Api } from "../../../src/api/answer.ts";
import { openApiDocument } from "../../../src/api/openapi/openapi.ts";
import type { ApiParts } from "../../../src/api/parts.ts";
import { Families } from "../../../src/event/entity.ts";
import type { Message } from "../../../src/event/message.ts";
import { memoryLedger } from "../../../src/ledger/drivers/memory/ledger.ts";
import type { Outcome } from "../../../src/ledger/driver.ts";
import { Ledger } from "../../../src/ledger/ledger.ts";
import { silentLog } from "../../../src/log.ts";
import { memoryQueue } from "../../../src/queue/drivers/memory/queue.ts";
import { Queue } from "../../../src/queue/queue.ts";
import { aMessage, type MessageFields } from "../../../src/testing/builders.ts";
import { memoryQuarantine, type MemoryQuarantine } from "../events/quarantine.ts";
import { opened } from "../../../src/testing/queue-driver/harness.ts";

/** The result of a call. `json` is `undefined` if the answer is not JSON. */
interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly json: unknown;
}

export interface TestApi {
  readonly api: Api;
  readonly parts: ApiParts & { readonly quarantine: MemoryQuarantine };
  /** Calls the API, and holds the answer against the OpenAPI document. */
  readonly call: (
    method: string,
    path: string,
    body?: string,
    headers?: Record<string, string>,
  ) => Promise<Answered>;
  /** Brings an event into the ledger with this end. */
  readonly settled: (outcome: Outcome["kind"], fields?: MessageFields, error?: string) => Promise<Message>;
  /** All messages that wait in the queue. */
  readonly queued: () => Promise<readonly Message[]>;
}

/** An API over memory engines. */
export function testApi(overrides: Partial<ApiParts> = {}): TestApi {
  let copies = 0;
  const parts = {
    queue: new Queue(memoryQueue(), { highWater: 1_000_000 }),
    ledger: new Ledger(memoryLedger()),
    quarantine: memoryQuarantine(),
    families: new Families(),
    secretUse: async () => [{ name: "default", hits: 3, lastUsedAt: null }],
    newCopy: () => `copy-${(copies += 1)}`,
    now: Date.now,
    log: silentLog,
    ...overrides,
  } as TestApi["parts"];
  const api = createApi(parts);
  return {
    api,
    parts,
    call: async (method, path, body, headers = {}) => {
      const init = body === undefined ? { method, headers } : { method, headers, body };
      const answered = await read(await api.fetch(new Request(`http://local${path}`, init)));
      if (method !== "HEAD") assertDocumented(method, path, answered);
      return answered;
    },
    settled: async (kind, fields, error = "no route to host") => {
      const message = aMessage(fields);
      const outcome: Outcome = kind === "handled" ? { kind } : { kind, error };
      await parts.ledger.admit([message]);
      const [startedAt, endedAt] = [message.receivedAt, message.receivedAt + 12];
      await parts.ledger.settle([{ message, outcome, conflict: false, startedAt, endedAt }]);
      return message;
    },
    queued: async () => {
      await parts.queue.own([0]);
      const depth = await parts.queue.depth();
      const found: Message[] = [];
      while (found.length < depth.messages) {
        const deliveries = await parts.queue.receive(depth.messages, AbortSignal.timeout(1_000));
        const messages = deliveries.map(({ message }) => opened({ message }));
        found.push(...messages.map((message) => ({ ...message, body: new Uint8Array(message.body) })));
      }
      return found;
    },
  };
}

async function read(response: Response): Promise<Answered> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = Buffer.from(bytes).toString("utf8");
  const isFile = response.headers.has("content-disposition");
  const isJson = response.headers.get("content-type") === "application/json" && !isFile && text !== "";
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, bytes, text, json };
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
// In one schema, so that they find each other.
ajv.addSchema(referring({ $id: "http://local/schemas", $defs: openApiDocument.components.schemas }));

/** What is wrong with a value under a schema of the document; "" if nothing is. */
export function schemaErrors(schema: object, value: unknown): string {
  return ajv.validate(referring(schema), value) ? "" : ajv.errorsText();
}

function referring(schema: object): object {
  const text = JSON.stringify(schema).replaceAll('"#/components/schemas/', '"http://local/schemas#/$defs/');
  return JSON.parse(text) as object;
}

/** @throws {Error} if the document does not know this answer to this call, or its body does not fit */
function assertDocumented(method: string, path: string, { status, headers, json }: Answered): void {
  const pathname = path.replace(/\?.*/, "");
  const known = Object.entries(openApiDocument.paths).filter(([pattern]) => {
    return new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname);
  });
  const operation = known.map(([, item]) => new Map(Object.entries(item)).get(method.toLowerCase()))[0];
  const what = `${status} to ${method} ${pathname}`;
  // A call that does not exist cannot be in the document; its answer is an error like all others.
  const isUnknown = status === 405 || (status === 404 && known.length === 0);
  const answer = isUnknown ? { content: undefined } : operation?.responses[status];
  if (answer === undefined) throw new Error(`The document does not know ${what}.`);
  const type = headers.get("content-type");
  const content = isUnknown
    ? { "application/json": { schema: { $ref: "#/components/schemas/ErrorResponse" } } }
    : answer.content;
  if (content === undefined && type === null) return;
  const media = new Map(Object.entries(content ?? {})).get(type ?? "");
  if (media === undefined) throw new Error(`The document does not know ${type} in ${what}.`);
  const errors = type === "application/json" ? schemaErrors(media.schema, json) : "";
  if (errors !== "") throw new Error(`The document does not fit ${what}: ${errors}`);
}
