import { OnceAMinute } from "../lib/once-a-minute.ts";
import type { Log } from "../log.ts";
import type { Quarantine } from "./quarantine.ts";
import type { ReplyKind } from "./reply.ts";

interface Advice {
  readonly level: "warn" | "error";
  readonly cure: string;
  /** Where to look, if such requests are kept. */
  readonly look?: string;
}

/** What a person can do about answers that otherwise only the sender sees. */
const advice: Readonly<Partial<Record<ReplyKind, Advice>>> = {
  unsigned: {
    level: "warn",
    cure: "set the secret of this receiver at the sender, so that it signs its requests",
    look: "`hookwell quarantine list` shows those that were kept",
  },
  mismatch: {
    level: "warn",
    cure: "set the same secret on both sides",
    look: "`hookwell quarantine list` shows those that were kept, `hookwell doctor signature --quarantine ID` says what is wrong with one",
  },
  tooLarge: {
    level: "warn",
    cure: "if they come from the sender, raise `bodyLimit` (HOOKWELL_BODY_LIMIT), or let it send fewer events at once",
  },
  readBefore: {
    level: "error",
    cure: "something in this server reads or cuts the body before the receiver does, and the signature covers its exact bytes: put the receiver before anything that reads bodies, such as express.json()",
  },
};

/** Says in the log that requests were refused: whoever has set a wrong secret looks there first. */
export function tellRefusals(
  log: Log,
  quarantine: Pick<Quarantine, "keeps">,
  now: () => number = () => performance.now(),
): (kind: ReplyKind) => void {
  const told = new Map<string, Advice & { readonly often: OnceAMinute }>(
    Object.entries(advice).map(([kind, one]) => [kind, { ...one, often: new OnceAMinute(now) }]),
  );
  return (kind) => {
    const one = told.get(kind);
    const refused = one?.often.met();
    if (one === undefined || refused === undefined) return;
    const cure = one.look !== undefined && quarantine.keeps(1) ? `${one.cure}; ${one.look}` : one.cure;
    log[one.level]("receive.refused", { kind, refused, cure });
  };
}
