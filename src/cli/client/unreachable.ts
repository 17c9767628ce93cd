import { codeOf } from "../../lib/error-code.ts";
import { CommandError } from "../failure.ts";
import { isError } from "../../lib/is-error.ts";

/** The cause if we do not wait any longer. */
export const timedOut = { code: "ETIMEDOUT" };

/** A sentence about a server that gives no answer, and what else to do. */
export function unreachable(where: string, cause: unknown, cure?: string): CommandError {
  const code = codeOf(cause) ?? "";
  // A server that speaks TLS hangs up on who does not.
  const plain = code === "ECONNRESET" && where.startsWith("http:") ? " Is it https:// and not http://?" : "";
  const says = `${where} ${reasons[code] ?? reasonOf(cause, code)}${plain}`;
  return new CommandError(cure === undefined ? says : `${says} ${cure}`, { cause });
}

/** A sentence about a server whose answer ends before its end. */
export const brokenOff = (where: string, cause: unknown): CommandError =>
  new CommandError(`${where} broke off in the middle of its answer: try again.`, { cause });

const late = "does not answer in time.";
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "does not answer: no server listens there. Is it running, and is the port right?",
  ENOTFOUND: "does not answer: there is no such host. Is the name right?",
  EAI_AGAIN: "does not answer: its name cannot be resolved at the moment.",
  // Of `hookwell send`.
  BROKEN_OFF: "broke off in the middle of its answer.",
  ECONNRESET: "closed the connection before it answered.",
  ETIMEDOUT: late,
  // Of Node's `http`, when we do not wait any longer.
  ABORT_ERR: late,
  EPROTO: "does not speak TLS: is it http:// and not https://?",
  ERR_SSL_WRONG_VERSION_NUMBER: "does not speak TLS: is it http:// and not https://?",
};

/** Whether the certificate of a server is the reason why it was not asked. */
export const isUntrusted = (cause: unknown): boolean => /CERT|SIGNATURE|ALTNAME/.test(codeOf(cause) ?? "");

function reasonOf(cause: unknown, code: string): string {
  if (isUntrusted(cause)) {
    return `has a certificate that is not trusted here (${code}): name its authority with NODE_EXTRA_CA_CERTS.`;
  }
  return `does not answer: ${isError(cause) ? cause.message || code : String(cause)}.`;
}
