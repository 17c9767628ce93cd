import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, PublishJob, Request } from "./peer.ts";

const programs = join(import.meta.dirname, "../peers");

/** A peer in a process of its own, as seen from here. */
export class PeerProcess implements Disposable {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #failure = Promise.withResolvers<never>();
  /** Who waits for an answer, by its kind. */
  readonly #waiting = new Map<Answer["kind"], (answer: Answer) => void>();
  #onDone: (events: number) => void = () => undefined;

  private constructor(name: string, url: string) {
    this.#name = name;
    this.#child = fork(join(programs, `${name}.ts`), [url]);
    this.#child.on("message", (answer: Answer) => this.#hear(answer));
    this.#child.on("exit", (code) => this.#fail(`It ended with exit code ${code}.`));
    // Whoever asks is told of a failure; until then it must not end the process.
    this.#failure.promise.catch(() => undefined);
  }

  /** @param name of its file in `bench/peers` */
  static async open(name: string, url: string): Promise<PeerProcess> {
    const peer = new PeerProcess(name, url);
    await peer.#answer("open");
    return peer;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @returns how many events were confirmed per second */
  async publish(job: PublishJob): Promise<number> {
    const answer = await this.#ask({ kind: "publish", job }, "published");
    return answer.kind === "published" ? answer.perSecond : Number.NaN;
  }

  /**
   * Lets it take events over HTTP.
   *
   * @returns the port at which it listens
   */
  async receive(secret: string): Promise<number> {
    const answer = await this.#ask({ kind: "receive", secret }, "receiving");
    return answer.kind === "receiving" ? answer.port : Number.NaN;
  }

  async fill(events: number): Promise<void> {
    await this.#ask({ kind: "fill", events }, "filled");
  }

  /** @param onDone told how many events it has done in all */
  async work(onDone: (events: number) => void): Promise<void> {
    this.#onDone = onDone;
    await this.#ask({ kind: "work" }, "working");
  }

  /** Resolves when its server has nothing left to be worked off. */
  async finish(): Promise<void> {
    await this.#ask({ kind: "finish" }, "finished");
  }

  /** Rejects when it fails. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }

  async #ask(request: Request, kind: Answer["kind"]): Promise<Answer> {
    const answer = this.#answer(kind);
    this.#child.send(request);
    return answer;
  }

  #answer(kind: Answer["kind"]): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(kind, resolve));
    return Promise.race([answer, this.#failure.promise]);
  }

  #hear(answer: Answer): void {
    if (answer.kind === "failed") this.#fail(answer.why);
    else if (answer.kind === "done") this.#onDone(answer.events);
    else this.#waiting.get(answer.kind)?.(answer);
  }

  #fail(why: string): void {
    this.#failure.reject(new Error(`The peer ${this.#name} failed. ${why}`));
  }
}
