import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { type Readable, Transform } from "node:stream";

/** A line to a server that can be cut: then its connections break, and no new ones are made. */
export class Line implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #pairs: (readonly [near: Socket, far: Socket])[] = [];
  #isCut = false;
  #breaksAt: string | undefined;
  #isHeld = false;
  #translated: readonly [from: string, to: string] | undefined;
  #trips = 0;
  readonly #bytesPerMs: number;
  readonly #delayMs: number;

  private constructor(server: Server, bytesPerMs: number, delayMs: number) {
    this.#server = server;
    this.#bytesPerMs = bytesPerMs;
    this.#delayMs = delayMs;
  }

  /**
   * @param bytesPerMs how many bytes of the server's words pass per ms
   * @param delayMs by how many ms the server's words are late
   */
  static async to(url: string, bytesPerMs: number = Infinity, delayMs: number = 0): Promise<Line> {
    const { hostname, port } = new URL(url);
    const server = createServer((socket) => line.#join(socket, connect(Number(port), hostname)));
    const line = new Line(server, bytesPerMs, delayMs);
    line.#server.listen(0, "127.0.0.1");
    await once(line.#server, "listening");
    return line;
  }

  /** The same URL by way of this line. */
  through(url: string): string {
    const by = new URL(url);
    const address = this.#server.address();
    by.host = `127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
    return by.href;
  }

  /** Round trips: how often the near end of a connection has said something after an answer. */
  get trips(): number {
    return this.#trips;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Its connections break the next time that the near end says this, which does not arrive; new ones work. */
  breakAt(text: string): void {
    this.#breaksAt = text;
  }

  /**
   * Its connections stand still until they flow again; nothing is lost, and neither end hears that the other has gone.
   */
  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  flow(): void {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** What was said while they stood still arrives at the server, which does not hear that the near end has gone. */
  arrive(): void {
    for (const [near, far] of this.#pairs)
      near
        .unpipe(far)
        .on("data", (bytes) => void far.write(bytes))
        .resume();
  }

  /**
   * From now on, what its connections say comes so many ms late: the words of the server, or those of the near end. What
   * is on its way may be overtaken if that was slower.
   */
  slowDown(delayMs: number, whose: "server" | "near end" = "server"): void {
    for (const [near, far] of this.#pairs) {
      const [from, to] = whose === "server" ? [far, near] : [near, far];
      from.unpipe().pipe(this.#slow(delayMs)).pipe(to);
    }
  }

  /** Replaces these words of the server by others of the same length, on connections that are made from now on. */
  translate(from: string, to: string): void {
    this.#translated = [from, to];
  }

  /** What its connections say from now on is lost, and neither end hears of it; new ones work. */
  stall(): void {
    for (const socket of this.#sockets) socket.unpipe().resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(...ends: readonly [near: Socket, far: Socket]): void {
    const [near, far] = ends;
    this.#pairs.push(ends);
    for (const end of ends) {
      this.#sockets.add(end.setNoDelay());
      end
        .on("error", () => undefined)
        .on("close", () => {
          if (!this.#isHeld) (end === near ? far : near).destroy();
        });
    }
    if (this.#isCut) near.destroy();
    near.prependListener("data", (bytes: Buffer) => {
      if (this.#breaksAt === undefined || !bytes.includes(this.#breaksAt)) return;
      this.#breaksAt = undefined;
      for (const socket of this.#sockets) socket.unpipe().destroy();
    });
    near.pipe(far);
    const said = this.#isSlow ? far.pipe(this.#slow()) : far;
    (this.#translated === undefined ? said : said.pipe(translating(...this.#translated))).pipe(near);
    this.#count(near, said);
  }

  #count(near: Socket, said: Readable): void {
    let isAnswered = false;
    said.on("data", () => (isAnswered = true));
    near.on("data", () => {
      if (isAnswered) this.#trips += 1;
      isAnswered = false;
    });
  }

  get #isSlow(): boolean {
    return this.#bytesPerMs !== Infinity || this.#delayMs > 0;
  }

  /** A narrow line passes pieces one after the other; a long one has many on their way at a time. */
  #slow(delayMs: number = this.#delayMs): Transform {
    const slow = new Transform({
      transform: (bytes: Buffer, _, pass) => {
        const through = (): void => {
          setTimeout(() => slow.push(bytes), delayMs);
          pass();
        };
        setTimeout(through, bytes.length / this.#bytesPerMs);
      },
      flush: (end) => void setTimeout(end, delayMs),
    });
    return slow;
  }
}

const translating = (from: string, to: string): Transform =>
  new Transform({
    transform: (bytes: Buffer, _, pass) =>
      pass(null, Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1")),
  });
