import type { MessageInput } from "../../client/index.ts";
import { printable } from "../../lib/printable.ts";
import type { ExitCode, Input, Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { readInput } from "../read-input.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { jsonLine } from "../view/json-line.ts";

const command = "hookwell messages send";

/** `hookwell messages send` */
export async function sendMessage({ options, io }: Input): Promise<ExitCode> {
  const file = options.text("file");
  const message = file === undefined ? messageOf(options) : await messageIn(file, options, io);
  const sent = await openSenderClient(options, io).messages.send(message);
  const { messageId, status = "", channel } = sent;
  const { good, name, dim } = io.stdout.palette;
  const text = [name(printable(messageId)), printable(status), dim(printable(channel ?? ""))];
  io.stdout.write(
    options.has("json") ? jsonLine(sent) : `${good("✓")} ${text.filter((part) => part !== "").join("  ")}\n`,
  );
  return 0;
}

/** @throws {UsageError} if something is missing or wrong */
function messageOf(options: Options): MessageInput {
  const [to, body] = [options.text("to"), options.text("body")];
  if (to === undefined || body === undefined)
    throw new UsageError("Name the recipient with --to and the text with --body, or give --file.", command);
  const channels = options.texts("channel");
  const metadata = Object.fromEntries(options.texts("metadata").map(pairOf));
  return {
    to: recipientOf(to),
    body,
    rules: channels.length === 0 ? ["sms"] : [...channels],
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

/** The sender's samples write phone numbers with digits only. */
function recipientOf(to: string): MessageInput["to"] {
  const digits = to.replaceAll(/^\+|[ ()-]/g, "");
  if (/^\d{5,20}$/.test(digits)) return { phoneNumber: digits };
  const [, name, value] = /^([a-z]\w*)=(.+)$/i.exec(to) ?? [];
  if (name !== undefined && value !== undefined) return { [name]: value };
  if (/^\S+@\S+$/.test(to)) return { email: to };
  throw new UsageError(
    `--to is ${JSON.stringify(to)}: write a phone number such as 447700900123, a mail address, or a name and a value such as profileId=anna.`,
    command,
  );
}

function pairOf(text: string): readonly [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  throw new UsageError(
    `--metadata is ${JSON.stringify(text)}: write a key and a value such as order=4711.`,
    command,
  );
}

/** Whether the service takes it is the service's to say; that it is an object is ours. */
async function messageIn(file: string, options: Options, io: Io): Promise<MessageInput> {
  const others = ["to", "body"].some((name) => options.text(name) !== undefined);
  const lists = ["channel", "metadata"].some((name) => options.texts(name).length > 0);
  if (others || lists)
    throw new UsageError("--file is the whole message: leave the other flags of it out.", command);
  const text = new TextDecoder().decode(await readInput(file, io));
  const message = parsed(text);
  if (typeof message === "object" && message !== null && !Array.isArray(message))
    return message as MessageInput;
  throw new UsageError(`${file} must have a JSON object: a message as the API takes it.`, command);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
