import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import { openLocalApi } from "../../src/local-api.ts";
import { startTestApp, testEnv, type TestApp } from "../support/program/app.ts";
import { sign } from "../../src/event/signature.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a recheck that does not know the receiver's queue changes nothing", async () => {
  await using elsewhere = await tempFolder();
  const queue = { HOOKWELL_QUEUE: `sqlite:${join(elsewhere.path, "queue.db")}` };
  await using app = await startTestApp({ parts: "receive", env: queue });
  const body = Buffer.from(JSON.stringify({ eventId: "e1", name: "message.sent" }));
  await app.send(body, { signature: sign(body, "the next secret") });
  await app.close();
  const recheck = async (env: Record<string, string>): Promise<unknown> => {
    const next = { HOOKWELL_SECRET_NEXT: "the next secret" };
    const config = await loadConfig({ env: { ...testEnv(app.data), ...next, ...env }, flags: {}, cwd: "/" });
    const api = await openLocalApi(config);
    const answer = await api.fetch(
      new Request("http://localhost/api/v1/quarantine/recheck", { method: "POST" }),
    );
    await api.close();
    return answer.json();
  };

  const refused = await recheck({});
  const done = await recheck(queue);

  expect(refused).toMatchObject({
    error: {
      code: "OTHER_QUEUE",
      message: expect.stringContaining(`its queue in ${queue.HOOKWELL_QUEUE} on`),
    },
  });
  expect(done).toEqual({ checked: 1, accepted: 1 });
});

test("a start with another queue than the one before says that events may wait there, and in those before it, once", async () => {
  await using elsewhere = await tempFolder();
  const [queue, third] = [1, 2].map((n) => `sqlite:${join(elsewhere.path, `queue-${n}.db`)}`) as [
    string,
    string,
  ];
  const changes = async (env: Record<string, string>): Promise<readonly unknown[]> => {
    await using app = await startTestApp({ data: join(elsewhere.path, "data"), env });
    return app.log
      .filter(({ fact }) => fact === "queue.changed")
      .map(({ level, fields }) => ({ level, ...fields }));
  };

  const told = [
    await changes({}),
    await changes({ HOOKWELL_QUEUE: queue }),
    await changes({ HOOKWELL_QUEUE: queue }),
    await changes({ HOOKWELL_QUEUE: third }),
    await changes({ HOOKWELL_QUEUE: queue }),
  ];

  const level = "warn";
  const cure = expect.stringMatching(/hookwell process.*no worker of another queue uses its ledger/);
  expect(told).toEqual([
    [],
    [{ level, before: "sqlite:", now: queue, cure }],
    [],
    [{ level, before: queue, now: third, earlier: "sqlite:", cure }],
    [{ level, before: third, now: queue, earlier: "sqlite:", cure }],
  ]);
});

test("a worker that handles what waits in the queue before, beside the receiver of the new one, does not pass for the last start", async () => {
  await using elsewhere = await tempFolder();
  const data = join(elsewhere.path, "data");
  const env = { HOOKWELL_QUEUE: `sqlite:${join(elsewhere.path, "queue.db")}` };
  const start = async (parts: "receive" | "process", env = {}): Promise<TestApp> =>
    startTestApp({ data, parts, env });
  await (await start("receive")).close();
  await using receiver = await start("receive", env);
  await using worker = await start("process");
  await Promise.all([receiver.close(), worker.close()]);

  await using next = await start("receive", env);

  const told = [receiver, worker, next].map(({ log }) => log.filter(({ fact }) => fact === "queue.changed"));
  expect(told.map(({ length }) => length)).toEqual([1, 0, 0]);
});

test("a start that finds its port taken does not pass for the last one", async () => {
  await using elsewhere = await tempFolder();
  const data = join(elsewhere.path, "data");
  const env = { HOOKWELL_QUEUE: `sqlite:${join(elsewhere.path, "queue.db")}` };
  await using first = await startTestApp({ data, parts: "receive" });

  const second = startTestApp({ data, parts: "receive", env: { ...env, PORT: new URL(first.url).port } });
  await expect(second).rejects.toThrow("PORT");
  await using third = await startTestApp({ data, parts: "receive", env });

  expect(third.log.map(({ fact }) => fact)).toContain("queue.changed");
});
