import type {
  EventDetail,
  EventRecord,
  ListResponse,
  QuarantineRecord,
  StatsResponse,
} from "../../../src/api/contract.ts";
import { sign } from "../../../src/event/signature.ts";
import { eventually } from "../../../src/testing/eventually.ts";

/** The secret and the token of every server that a test starts. */
export const testSecret = "2f1f8f0a-5f1b-4a57-9a40-1b2f2f7f9c11";
export const testToken = "token-of-the-tests";

/** An answer to a delivery. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

/** The statistics while every part answers. */
export type WholeStats = { readonly [Part in keyof StatsResponse]: NonNullable<StatsResponse[Part]> };

/** What a sender and a person can do with a server, over HTTP. */
export interface Client {
  /** Posts a body: text and bytes as they are; an event or a list of them as JSON. Signed, unless told otherwise. */
  send(body: unknown, options?: SendOptions): Promise<Answer>;
  /** Calls `/api/v1` with the token. */
  api<T>(path: string, init?: RequestInit): Promise<T>;
  /** @throws {Error} while not every part answers */
  stats(): Promise<WholeStats>;
  /** The record of an event, or `undefined` if the ledger does not have it. */
  event(eventId: string): Promise<EventDetail | undefined>;
  /** The records of all events. */
  events(): Promise<ReadonlyMap<string, EventRecord>>;
  /** The exact bytes of an event, or `undefined` if the ledger does not have it. */
  body(eventId: string): Promise<Uint8Array | undefined>;
  /** The newest kept requests. */
  quarantine(): Promise<readonly QuarantineRecord[]>;
  /** Waits until the queue is empty and no event is unsettled. */
  settled(withinMs?: number): Promise<WholeStats>;
}

export interface SendOptions {
  /** Default: the right one. `null` leaves the header out. */
  readonly signature?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param url of the endpoint, with a slash at the end */
export function clientOf(url: string): Client {
  const call = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(new URL(`/api/v1${path}`, url), { ...init, headers: { authorization: `Bearer ${testToken}` } });
  const api = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const response = await call(path, init);
    if (!response.ok) throw new Error(`${response.status} to ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const optional = async <T>(path: string, read: (response: Response) => Promise<T>) => {
    const response = await call(path);
    if (response.ok) return read(response);
    const text = await response.text();
    if (response.status === 404) return undefined;
    throw new Error(`${response.status} to ${path}: ${text}`);
  };
  const stats = async (): Promise<WholeStats> => {
    const told = await api<StatsResponse>("/stats");
    if (isWhole(told)) return told;
    throw new Error(`Not all parts answer: ${JSON.stringify(told)}`);
  };
  return {
    send: (body, options) => post(url, bytesOf(body), options),
    api,
    stats,
    event: (eventId) =>
      optional(`/events/${encodeURIComponent(eventId)}`, async (response) => {
        return (await response.json()) as EventDetail;
      }),
    events: () => allEvents(api),
    body: (eventId) =>
      optional(`/events/${encodeURIComponent(eventId)}/body`, async (response) => {
        return new Uint8Array(await response.arrayBuffer());
      }),
    quarantine: async () => (await api<ListResponse<QuarantineRecord>>("/quarantine?limit=1000")).items,
    settled: (withinMs = 20_000) =>
      eventually(async () => {
        const now = await stats();
        const open = now.queue.depth + now.events.pending + now.events.retrying;
        if (open > 0) throw new Error(`Not settled: ${JSON.stringify(now)}`);
        return now;
      }, withinMs),
  };
}

const isWhole = (stats: StatsResponse): stats is WholeStats =>
  Object.values(stats).every((part) => part !== null);

async function allEvents(api: Client["api"]): Promise<ReadonlyMap<string, EventRecord>> {
  const records = new Map<string, EventRecord>();
  let cursor: string | null = "";
  while (cursor !== null) {
    const from = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: ListResponse<EventRecord> = await api(`/events?limit=1000${from}`);
    for (const record of page.items) records.set(record.eventId, record);
    cursor = page.next;
  }
  return records;
}

async function post(url: string, body: Uint8Array<ArrayBuffer>, options: SendOptions = {}): Promise<Answer> {
  const { signature = sign(body, testSecret), headers = {} } = options;
  const signed = signature === null ? {} : { "x-comapi-signature": signature };
  const response = await fetch(url, { method: "POST", body, headers: { ...headers, ...signed } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: JSON.parse(text) as unknown };
}

/** A body as bytes: text and bytes as they are, anything else as JSON. */
export function bytesOf(body: unknown): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return new Uint8Array(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
}
