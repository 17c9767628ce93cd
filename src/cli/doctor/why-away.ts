import { codeOf } from "../../lib/error-code.ts";
import { causesOf } from "../../lib/is-error.ts";
import { NoHostError } from "../../lib/postgres/hosts.ts";
import { isRefusal } from "../../lib/postgres/is-refusal.ts";
import { noTables, wordOf } from "../../lib/postgres/refusal.ts";
import { isPostgres } from "../../lib/engines/engine-url.ts";
import { certificateCure, outOfDate, wantsCertificate } from "../../lib/engines/tls-alert.ts";

/** Codes of the network, what each says and what to do. */
const troubles: Readonly<Record<string, readonly [reason: string, cure: string]>> = {
  ECONNREFUSED: ["nothing listens there", "Start the server, or correct host and port."],
  ENOTFOUND: ["there is no host with this name", "Correct the name."],
  EAI_AGAIN: [
    "the name of the host cannot be resolved at the moment",
    "Can this machine reach its DNS server?",
  ],
  EHOSTUNREACH: ["there is no route to that host", "Is it up, and in a network that this machine can reach?"],
  ENETUNREACH: ["there is no route to that host", "Is it up, and in a network that this machine can reach?"],
};

/** What the clients say when a server is silent, and when it ends the connection. */
const isSilent = /time-?out|timed out|disconnects client|not answer|no answer|still being declared/i;
const hangsUp = /unexpected|ECONNRESET|hangs up|undefined error/i;

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** What servers say that answer but cannot be used as they are, behind its code, and what to do. */
const refusals: readonly (readonly [says: RegExp, cure: string])[] = [
  [outOfDate, "Is the clock of this machine right? If it is, give the server a new certificate."],
  [/^(?:3F000|42P01) /, sentence(noTables)],
  [/row-level security/, "Disable it for Hookwell's tables, of which it would hide rows from this user."],
  [/permission denied/, "Give the user of the URL the rights that docs/engines/postgres.md names."],
  [/knows no master/, "Write the name that the sentinels give to the master: ?sentinel=NAME."],
  [/READONLY/, "Also name the server that takes writes, or the sentinels of Redis with ?sentinel=NAME."],
  [
    /^25006 |read-only transaction|during recovery/,
    "Also name the server that takes writes; if it is named already, start it, or promote a standby. If this is no standby, set default_transaction_read_only off, also for the user and the database.",
  ],
  [
    /maximum connections exceeded/,
    "Raise max_connections of NATS: each process of Hookwell needs a connection, and so does each command that reads the queue.",
  ],
  [
    /no responders/,
    "Does a server have JetStream with the domain of ?domain=, and is the leaf node connected to it?",
  ],
  [
    /no answer to the login/,
    "If it has, raise max_conn: each process of Hookwell needs a connection, and so does each command that reads the queue. Otherwise the log of NATS may say more.",
  ],
  [
    /max_client_conn/,
    "Raise max_client_conn of PgBouncer, and its default_pool_size: docs/engines/postgres.md says how many connections Hookwell needs.",
  ],
  [
    /^53300 /,
    "Raise max_connections, or the limit of the user or the database: docs/engines/postgres.md says how many connections Hookwell needs.",
  ],
];

/** How a URL asks for TLS or not. On a port of the other kind both sides only wait, or one hangs up. */
const tlsForms: readonly (readonly [scheme: RegExp, withTls: string, without: string])[] = [
  [/^rediss?:/, "rediss://", "redis://"],
  [/^amqps?:/, "amqps://", "amqp://"],
  [/^(nats|tls):/, "tls://", "nats://"],
  [/^postgres(ql)?:/, "?sslmode=require", "?sslmode=disable"],
];

/** Why an engine cannot be used now, as the end of a sentence, and what to do. */
interface Why {
  readonly reason: string;
  readonly cure: string;
  /** True if there was no answer, so that nothing says why. */
  readonly isSilent?: boolean;
}

/** @param url of the engine that the error is of */
export function whyAway(error: unknown, url: string): Why {
  const chain = causesOf(error);
  const last = chain.at(-1);
  if (last instanceof NoHostError) return whyNone(last, url);
  for (const each of chain) {
    const known = troubles[codeOf(each) ?? ""];
    if (known !== undefined) return { reason: known[0], cure: known[1] };
  }
  const alert = chain.map((each) => codeOf(each) ?? "").find(wantsCertificate);
  if (alert !== undefined) {
    return {
      reason: `it refuses the client certificate (${alert})`,
      cure: sentence(certificateCure),
    };
  }
  const says = (what: RegExp): boolean => chain.some(({ message }) => what.test(message));
  const [, withTls = "", without = ""] = tlsForms.find(([scheme]) => scheme.test(url)) ?? [];
  const cure = `Is the server up, is it the right port, does a firewall let this machine in, and is TLS spoken there (${withTls}) or not (${without})?`;
  const reason = (last?.message ?? String(error)).replace(/\.$/, "");
  const fits = refusals.find(([what]) =>
    chain.some((each) => what.test(`${codeOf(each) ?? ""} ${each.message}`)),
  );
  if (fits !== undefined) return { reason, cure: fits[1] };
  if (says(isSilent)) {
    return { reason: "it does not answer", cure: cure + largeCure + poolerCure(url), isSilent: true };
  }
  if (says(hangsUp)) return { reason: "it hangs up", cure };
  return { reason, cure: "The server says so; its own log may say more." };
}

/** A tunnel or a firewall on the way can let through what is small, such as a login, and drop what fills a packet. */
const largeCure =
  " If it answers other programs, large packets may get lost on the way: try `ping -M do -s 1472` with its host; a lower MTU helps.";

/** A pooler without a connection left lets a client wait, and does not say why. */
const poolerCure = (url: string): string =>
  isPostgres(url)
    ? " A pooler there may have no connection left: raise its default_pool_size, as docs/engines/postgres.md says."
    : "";

/** Why one of several hosts of PostgreSQL cannot be used. */
export function whyOfHost(error: unknown, url: string): Why {
  const why = whyAway(error, url);
  const word = wordOf(error);
  return word === undefined ? why : { ...why, cure: sentence(word) };
}

/** Why each of several hosts cannot be used. What one of them answers tells more than that others are away. */
function whyNone({ failures }: NoHostError, url: string): Why {
  const whys = failures.map(({ host, error }) => ({
    host,
    ...whyOfHost(error, url),
    answers: isRefusal(error),
  }));
  const answered = whys.filter(({ answers }) => answers);
  const reasons = new Set(whys.map(({ reason }) => reason));
  const each = reasons.size === 1 ? reasons : whys.map(({ host, reason }) => `${host}: ${reason}`);
  const cures = new Set((answered.length > 0 ? answered : whys).map(({ cure }) => cure));
  return { reason: [...each].join("; "), cure: [...cures].join(" ") };
}
