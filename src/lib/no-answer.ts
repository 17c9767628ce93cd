import { codeOf } from "./error-code.ts";
import { isError } from "./is-error.ts";

/** Why a server gave no answer, as a sentence that begins with where it was asked. */
export function noAnswer(where: string, cause: unknown): string {
  const code = codeOf(cause) ?? "";
  // A server that speaks TLS hangs up on who does not.
  const plain = code === "ECONNRESET" && where.startsWith("http:") ? " Is it https:// and not http://?" : "";
  return `${where} ${reasons[code] ?? reasonOf(cause, code)}${plain}`;
}

/** Whether the certificate of a server is the reason why it was not asked. */
export const isUntrusted = (cause: unknown): boolean => /CERT|SIGNATURE|ALTNAME/.test(codeOf(cause) ?? "");

const late = "does not answer in time.";
const closed = "closed the connection before it answered.";
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "does not answer: no server listens there. Is it running, and is the port right?",
  ENOTFOUND: "does not answer: there is no such host. Is the name right?",
  EAI_AGAIN: "does not answer: its name cannot be resolved at the moment.",
  // Of `hookwell send`.
  BROKEN_OFF: "broke off in the middle of its answer.",
  ECONNRESET: closed,
  ETIMEDOUT: late,
  // Of Node's `http`, when we do not wait any longer.
  ABORT_ERR: late,
  EPROTO: "does not speak TLS: is it http:// and not https://?",
  ERR_SSL_WRONG_VERSION_NUMBER: "does not speak TLS: is it http:// and not https://?",
  // Of Node's `fetch`.
  UND_ERR_CONNECT_TIMEOUT: late,
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
  UND_ERR_SOCKET: closed,
};

function reasonOf(cause: unknown, code: string): string {
  if (isUntrusted(cause)) {
    return `has a certificate that is not trusted here (${code}): name its authority with NODE_EXTRA_CA_CERTS.`;
  }
  return `does not answer: ${isError(cause) ? cause.message || code : String(cause)}.`;
}
