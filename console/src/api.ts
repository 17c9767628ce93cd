import type {
  EnginesResponse,
  EntityResponse,
  ErrorResponse,
  EventDetail,
  EventRecord,
  ListResponse,
  QuarantineRecord,
  RecheckResponse,
  ReplayRequest,
  ReplayResponse,
  StatsResponse,
} from "../../src/api/contract.ts";
import { Answers, type Question } from "./question.ts";

/** The questions and commands of the pages. Each rejects with a `Failure`. */
export interface Api {
  readonly stats: Question<StatsResponse>;
  readonly engines: Question<EnginesResponse>;
  readonly events: (query: Query) => Question<ListResponse<EventRecord>>;
  readonly event: (eventId: string) => Question<EventDetail>;
  /** The event as it was received, as text: a parser would round large numbers. */
  readonly body: (eventId: string) => Question<string>;
  /** With its newest events, as many as `limit`. */
  readonly entity: (entity: string, limit: number) => Question<EntityResponse>;
  readonly quarantine: (query: Query) => Question<ListResponse<QuarantineRecord>>;
  readonly quarantined: (id: string) => Question<string>;
  readonly replay: (eventId: string) => Promise<void>;
  readonly replayMany: (request: ReplayRequest) => Promise<ReplayResponse>;
  readonly removeDeadLetter: (eventId: string) => Promise<void>;
  readonly recheck: () => Promise<RecheckResponse>;
  readonly removeQuarantined: (id: string) => Promise<void>;
}

/** Conditions of a list and its page, as they stand in the address of a page and in that of its question. */
export type Query = Readonly<Record<string, string>>;

/** The API refused, or did not answer; the message is for people. */
class Failure extends Error {}

interface ApiOptions {
  readonly token: string;
  /** Called when the token is wrong, or no longer right. */
  readonly onRefused: () => void;
  /** How long the answer to a question may take. */
  readonly patienceMs?: number;
}

export function createApi({ token, onRefused, patienceMs = 30_000 }: ApiOptions): Api {
  const call = async <T>(path: string, read: Reader<T>, init: RequestInit = {}): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    try {
      // Relative to `…/console/`, so that it is also found when a proxy puts a path before it.
      const response = await fetch(`../api/v1/${path}`, { ...init, headers });
      if (response.status === 401) onRefused();
      if (!response.ok) throw new Failure(await messageOf(response));
      return await read(response);
    } catch (error) {
      throw failureOf(error);
    }
  };
  const answers = new Answers();
  const question = <T>(path: string, read: Reader<T>): Question<T> => ({
    path,
    ask: async (left) => {
      // A connection can be dead without ending; a question without a time limit would keep all further ones waiting.
      const signal = AbortSignal.any([left, AbortSignal.timeout(patienceMs)]);
      const answer = await call(path, read, { signal });
      answers.keep(path, answer);
      return answer;
    },
    last: () => answers.find(path) as T | undefined,
  });
  const text = (response: Response): Promise<string> => response.text();
  const nothing = async (): Promise<void> => undefined;
  return {
    stats: question("stats", json<StatsResponse>),
    engines: question("engines", json<EnginesResponse>),
    events: (query) => question(`events?${search(query)}`, json<ListResponse<EventRecord>>),
    event: (eventId) => question(`events/${encodeURIComponent(eventId)}`, json<EventDetail>),
    body: (eventId) => question(`events/${encodeURIComponent(eventId)}/body`, text),
    entity: (entity, limit) =>
      question(`entities/${encodeURIComponent(entity)}?limit=${limit}`, json<EntityResponse>),
    quarantine: (query) => question(`quarantine?${search(query)}`, json<ListResponse<QuarantineRecord>>),
    quarantined: (id) => question(`quarantine/${encodeURIComponent(id)}/body`, text),
    replay: (eventId) => call(`events/${encodeURIComponent(eventId)}/replay`, nothing, { method: "POST" }),
    replayMany: (request) =>
      call("dead-letters/replay", json<ReplayResponse>, { method: "POST", body: JSON.stringify(request) }),
    removeDeadLetter: (eventId) =>
      call(`dead-letters/${encodeURIComponent(eventId)}`, nothing, { method: "DELETE" }),
    recheck: () => call("quarantine/recheck", json<RecheckResponse>, { method: "POST" }),
    removeQuarantined: (id) => call(`quarantine/${encodeURIComponent(id)}`, nothing, { method: "DELETE" }),
  };
}

type Reader<T> = (response: Response) => Promise<T>;

const json = async <T>(response: Response): Promise<T> => (await response.json()) as T;
const search = (query: Query): string => new URLSearchParams(query).toString();

/** The API's own sentence; something in between, such as a proxy, may answer without one. */
async function messageOf(response: Response): Promise<string> {
  const answer = (await response.json().catch(() => undefined)) as Partial<ErrorResponse> | null | undefined;
  const message: unknown = answer?.error?.message;
  return typeof message === "string" ? message : `The server answered ${response.status}.`;
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof SyntaxError)
    return new Failure("Something between this page and Hookwell, such as a proxy, answers in its place.");
  if (error instanceof DOMException && error.name === "TimeoutError")
    return new Failure("Hookwell did not answer in time. This page asks again.");
  return new Failure("Hookwell does not answer. Is it running?");
}
