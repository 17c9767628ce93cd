/** One event of a stream of Server-Sent Events. */
export interface ServerSentEvent {
  /** The newest id so far: what `Last-Event-ID` says when the stream is taken up again. */
  readonly id: string;
  /** `message` unless the server names it. */
  readonly event: string;
  readonly data: string;
}

/**
 * The events of a stream. A block without data gives an event whose `data` is empty, for its id. Lines end with LF, as
 * our server writes them, or with CR and LF.
 */
export async function* readServerSentEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncIterable<ServerSentEvent> {
  let text = "";
  let id = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split(/(?:\r?\n){2}/);
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = parseBlock(block);
      id = fields.get("id") ?? id;
      yield { id, event: fields.get("event") || "message", data: fields.get("data") ?? "" };
    }
  }
}

function parseBlock(block: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    // A line that begins with a colon is a comment, which keeps the connection alive.
    const [, name, value = ""] = /^([^:]+)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === undefined) continue;
    const before = name === "data" ? fields.get("data") : undefined;
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return fields;
}
