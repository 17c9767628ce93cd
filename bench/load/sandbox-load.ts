import { createSandbox, written } from "../../src/sandbox/index.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { FreshIds } from "./fresh-ids.ts";

/** What the process is asked to do. */
export interface SandboxJob {
  readonly url: string;
  readonly secret: string;
  readonly batch: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** So many events may wait in the sandbox for their receiver. */
const ahead = 8_000;

/** Events a second that the receiver accepted, sent by one sandbox from this process. */
async function load({ url, secret, batch, warmUpSeconds, seconds }: SandboxJob): Promise<number> {
  let accepted = 0;
  await using sandbox = createSandbox({
    onAttempt: ({ outcome, eventIds }) => {
      if (outcome === "accepted") accepted += eventIds.length;
    },
  });
  const { name } = sample("message.delivered");
  sandbox.webhooks.create({
    name: "bench",
    url,
    secret,
    batch: true,
    maxBatchSize: batch,
    batchTimeout: 1,
    subscriptions: [{ type: name }],
  });
  const next = freshEvents();
  const run = async (forSeconds: number): Promise<number> => {
    const [from, begun] = [accepted, performance.now()];
    const until = begun + forSeconds * 1_000;
    while (performance.now() < until) {
      if (sandbox.pending() < ahead) sandbox.emitWritten(Array.from({ length: batch }, next));
      else await new Promise(setImmediate);
    }
    return (accepted - from) / ((performance.now() - begun) / 1_000);
  };
  await run(warmUpSeconds);
  return await run(seconds);
}

/** The sample with an id of its own each time. */
function freshEvents(): () => ReturnType<typeof written> {
  const event = written(sample("message.delivered"));
  const [before = "", after = ""] = event.text.split(event.eventId);
  const ids = new FreshIds();
  const id = Buffer.from(event.eventId);
  return () => {
    ids.write(id, 0);
    const eventId = id.toString("latin1");
    return { ...event, eventId, text: before + eventId + after };
  };
}

process.once("message", (job: SandboxJob) => {
  void load(job).then((perSecond) => process.send?.(perSecond));
});
