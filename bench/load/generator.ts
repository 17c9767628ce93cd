/** The process that makes load: takes a job from its parent, tells the outcome, ends. */
import { generate } from "./generate.ts";
import type { Job, Outcome } from "./job.ts";
import { WrongAnswerError } from "./wrong-answer.ts";

process.once("message", (job: Job) => {
  void outcomeOf(job).then((outcome) => process.send?.(outcome, () => process.exit()));
});

// Nobody is left to hear of it.
process.once("disconnect", () => process.exit());

async function outcomeOf(job: Job): Promise<Outcome> {
  try {
    return { kind: "done", load: await generate(job) };
  } catch (error) {
    // An error does not keep its class on the way to another process.
    if (error instanceof WrongAnswerError) {
      return { kind: "wrong answer", status: error.status, body: error.body };
    }
    return { kind: "failed", why: Error.isError(error) ? (error.stack ?? error.message) : String(error) };
  }
}
