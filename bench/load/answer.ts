/** A whole HTTP answer at the beginning of some bytes. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Reads one answer; `undefined` if its end has not come yet. Bytes behind it are not expected: nothing is pipelined. */
export function readAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const rest = text.slice(headEnd + 4);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return rest.length < Number(length) ? undefined : { status, body: rest };
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const body = unchunk(rest);
    return body === undefined ? undefined : { status, body };
  }
  return { status, body: rest };
}

function unchunk(text: string): string | undefined {
  let body = "";
  for (let at = 0; ;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (text.length < end) return undefined;
    if (size === 0) return body;
    body += text.slice(lineEnd + 2, end - 2);
    at = end;
  }
}
