import { expect, onTestFinished, test, vi } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { silentLog } from "../../src/log.ts";
import { openQuarantine } from "../../src/open-quarantine.ts";
import { startTestApp } from "../support/program/app.ts";
import { answers } from "../support/servers/engines.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";

// Nobody can make a folder in it, whoever runs the tests.
const data = "/proc/hookwell";

test.skipIf(!(await answers("postgres")))(
  "where the data folder cannot be written, both halves work on servers, and tell what they do without",
  async () => {
    await using schema = ownSchema();
    const env = { HOOKWELL_QUEUE: schema.url, HOOKWELL_LEDGER: schema.url };
    await using receiver = await startTestApp({ parts: "receive", data, env });
    await using worker = await startTestApp({ parts: "process", data, env });
    const event = freshEvent("message.sent", { random: seededRandom(3), now: Date.now });

    const refused = await receiver.send(event, { signature: null });
    const accepted = await receiver.send(event);

    expect([refused.status, accepted.status]).toEqual([401, 200]);
    await worker.settled();
    expect(await worker.event(event.eventId)).toMatchObject({ status: "handled" });
    expect(await worker.quarantine()).toEqual([]);
    const factsOf = (app: typeof worker) =>
      app.log.filter(({ level }) => level === "warn").map(({ fact }) => fact);
    expect(factsOf(receiver)).toEqual(["queue.no_spill", "data.not_writable", "receive.refused"]);
    expect(factsOf(worker)).toEqual(["data.not_writable"]);
    await receiver.close();
  },
);

test("what needs the data folder is refused without it, in one sentence", async () => {
  const starting = startTestApp({ parts: "serve", data });

  await expect(starting).rejects.toThrow(/^\/proc\/hookwell\/queue\.db cannot be used: .+ HOOKWELL_DATA/);
});

test("what is kept in the temp folder instead is refused without that one, too, in one sentence", async () => {
  vi.stubEnv("TMPDIR", "/proc");
  onTestFinished(() => void vi.unstubAllEnvs());

  const opening = openQuarantine(data, { maxCount: 1, maxBytes: 1 }, silentLog);

  await expect(opening).rejects.toThrow(
    /^HOOKWELL_DATA \(--data\) is \/proc\/hookwell, .+ nor into the temp folder \/proc \(ENOENT.+ TMPDIR\.$/,
  );
  await expect(opening).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
