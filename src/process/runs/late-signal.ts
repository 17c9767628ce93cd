/** An abort that becomes an `AbortSignal` only if somebody asks for one: most handlers do not, and it costs. */
export class LateSignal {
  #controller: AbortController | undefined;
  #waiting: PromiseWithResolvers<never> | undefined;
  #reason: unknown;
  #isAborted = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Rejects with the reason when it aborts, before the listeners of the signal hear of it. */
  get aborted(): Promise<never> {
    this.#waiting ??= Promise.withResolvers<never>();
    if (this.#isAborted) this.#waiting.reject(this.#reason);
    return this.#waiting.promise;
  }

  abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#waiting?.reject(reason);
    this.#controller?.abort(reason);
  }
}
