import { connect, type Socket } from "node:net";
import { type Answer, readAnswer } from "./answer.ts";

export interface ConnectionEvents {
  readonly onAnswer: (answer: Answer) => void;
  readonly onLost: (why: string) => void;
}

/** A connection that is kept, with one request under way: few steps, so that the server is the limit. */
export class Connection {
  readonly #socket: Socket;
  /** Resolves when requests can be sent. */
  readonly opened: Promise<void>;

  constructor(port: number, { onAnswer, onLost }: ConnectionEvents) {
    let begun = "";
    const read = (size: number, buffer: Uint8Array): boolean => {
      const text = begun + Buffer.from(buffer.buffer, buffer.byteOffset, size).toString("latin1");
      const answer = readAnswer(text);
      begun = answer === undefined ? text : "";
      if (answer !== undefined) onAnswer(answer);
      return true;
    };
    // One buffer for all reads saves an allocation for each answer.
    const onread = { buffer: Buffer.alloc(16_384), callback: read };
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true, onread });
    this.#socket.on("error", ({ message }) => onLost(message));
    this.#socket.on("end", () => onLost("The server closed a connection."));
    this.opened = new Promise((resolve) => this.#socket.once("connect", resolve));
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }
}
