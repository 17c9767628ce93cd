/** A server answered something else than it should; the load ended there. */
export class WrongAnswerError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`A server under load answered ${status}: ${body.slice(0, 200)}`);
    this.status = status;
    this.body = body;
  }
}
