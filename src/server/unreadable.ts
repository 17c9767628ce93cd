import type { Server } from "node:http";
import { codeOf } from "../lib/error-code.ts";
import { OnceAMinute } from "../lib/once-a-minute.ts";
import { errorFields, type Log } from "../log.ts";
import type { Unanswered } from "./unanswered.ts";

/** As Node itself answers; the sender repeats after each of them. */
const answers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Node would say 400, and the sender never repeats what got that: a proxy set up wrongly would cost all its events. */
const unreadable = "503 Service Unavailable\r\nRetry-After: 5";

const cure =
  "what comes to this port must be HTTP/1.1 or 1.0; if it comes from your proxy, change that: it must not begin with " +
  "the PROXY protocol, nor with TLS where no certificate is set, nor have headers of more than 16 KB; the sender " +
  "repeats after the answer that it gets";

/** Answers requests that are not HTTP, which no handler ever sees. */
export function answerUnreadable(server: Server, unanswered: Unanswered, log: Log): void {
  const met = new OnceAMinute(() => performance.now());
  server.on("clientError", (error, socket) => {
    const code = codeOf(error) ?? "";
    // A client that left in the middle of its request waits for no answer, and is nobody's mistake.
    const requests = code.startsWith("HPE_") && code !== "HPE_INVALID_EOF_STATE" ? met.met() : undefined;
    if (requests !== undefined) log.warn("server.unreadable", { requests, ...errorFields(error), cure });
    // Others are about the connection, such as a handshake of TLS that failed.
    if (!socket.writable || !/^(HPE_|ERR_HTTP_)/.test(code)) return void socket.destroy();
    const answer = `HTTP/1.1 ${answers[code] ?? unreadable}\r\nConnection: close\r\n\r\n`;
    socket.end(unanswered.hasBegun(socket) ? "" : answer, () => socket.destroy());
  });
}
