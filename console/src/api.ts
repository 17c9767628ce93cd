import type {
  EnginesResponse,
  EntityResponse,
  ErrorResponse,
  EventRecord,
  EventResponse,
  ListResponse,
  QuarantineRecord,
  RecheckResponse,
  ReplayRequest,
  ReplayResponse,
  StatsResponse,
} from "../../src/api/contract.ts";

/** The calls of the API that the pages make. Each rejects with a `Failure`. */
export interface Api {
  readonly stats: (signal: AbortSignal) => Promise<StatsResponse>;
  readonly engines: (signal: AbortSignal) => Promise<EnginesResponse>;
  readonly events: (query: Query, signal: AbortSignal) => Promise<ListResponse<EventRecord>>;
  readonly event: (eventId: string, signal: AbortSignal) => Promise<EventDetail>;
  /** The event as it was received, as text: a parser would round large numbers. */
  readonly body: (eventId: string, signal: AbortSignal) => Promise<string>;
  readonly entity: (entity: string, signal: AbortSignal) => Promise<EntityResponse>;
  readonly quarantine: (query: Query, signal: AbortSignal) => Promise<ListResponse<QuarantineRecord>>;
  readonly quarantined: (id: string, signal: AbortSignal) => Promise<string>;
  readonly replay: (eventId: string) => Promise<void>;
  readonly replayMany: (request: ReplayRequest) => Promise<ReplayResponse>;
  readonly removeDeadLetter: (eventId: string) => Promise<void>;
  readonly recheck: () => Promise<RecheckResponse>;
  readonly removeQuarantined: (id: string) => Promise<void>;
}

export type Query = Readonly<Record<string, string>>;
export type EventDetail = Omit<EventResponse, "body">;

/** The API said no, or nothing. */
export class Failure extends Error {
  /** Of the answer; 0 if there was none. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @param onRefused told when the token is not, or no longer, the right one */
export function createApi(token: string, onRefused: () => void): Api {
  // Relative to `…/console/`, so that it is also found below a path of a proxy.
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(`../api/v1/${path}`, { ...init, headers }).catch((error: unknown) => {
      if (init.signal?.aborted === true) throw error;
      throw new Failure(0, "Hookwell does not answer. Is it running?");
    });
    if (response.status === 401) onRefused();
    if (!response.ok) throw new Failure(response.status, await messageOf(response));
    return response;
  };
  const get = async <T>(path: string, signal: AbortSignal): Promise<T> =>
    (await (await call(path, { signal })).json()) as T;
  const text = async (path: string, signal: AbortSignal): Promise<string> =>
    (await call(path, { signal })).text();
  const send = async (method: "POST" | "DELETE", path: string): Promise<Response> => call(path, { method });
  return {
    stats: (signal) => get("stats", signal),
    engines: (signal) => get("engines", signal),
    events: (query, signal) => get(`events?${search(query)}`, signal),
    event: (eventId, signal) => get(`events/${encodeURIComponent(eventId)}`, signal),
    body: (eventId, signal) => text(`events/${encodeURIComponent(eventId)}/body`, signal),
    entity: (entity, signal) => get(`entities/${encodeURIComponent(entity)}`, signal),
    quarantine: (query, signal) => get(`quarantine?${search(query)}`, signal),
    quarantined: (id, signal) => text(`quarantine/${encodeURIComponent(id)}/body`, signal),
    replay: async (eventId) => void (await send("POST", `events/${encodeURIComponent(eventId)}/replay`)),
    replayMany: async (request) => {
      const init = { method: "POST", body: JSON.stringify(request) };
      return (await (await call("dead-letters/replay", init)).json()) as ReplayResponse;
    },
    removeDeadLetter: async (eventId) =>
      void (await send("DELETE", `dead-letters/${encodeURIComponent(eventId)}`)),
    recheck: async () => (await (await send("POST", "quarantine/recheck")).json()) as RecheckResponse,
    removeQuarantined: async (id) => void (await send("DELETE", `quarantine/${encodeURIComponent(id)}`)),
  };
}

const search = (query: Query): string => new URLSearchParams(query).toString();

/** The API's own sentence; something between may answer without one. */
async function messageOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as ErrorResponse).error.message;
  } catch {
    return `The server answered ${response.status}.`;
  }
}
