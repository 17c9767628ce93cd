import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { type Finished, runCli } from "../test/support/program/cli.ts";
import { testServer } from "../test/support/network/http-server.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import type { OpenLocalApi } from "./cli/io.ts";
import { addSecret } from "./config/secrets/secrets.ts";
import { createReceiver } from "./create-receiver.ts";
import { sign, signatureHeader } from "./event/signature.ts";
import { openLocalApi } from "./local-api.ts";
import { eventually } from "./testing/eventually.ts";

/** Commands beside a server of one's own that handles events, has used its secret once, and has refused a request. */
async function besideAReceiver() {
  const folder = await tempFolder();
  const data = join(folder.path, ".hookwell");
  const value = "2f1f8f0a-5f1b-4a57-9a40-1b2f2f7f9c11";
  await addSecret(data, { name: "2026-11", value });
  const receiver = await createReceiver({
    secret: "one of its own, in its code",
    data,
    handlers: { "*": () => {} },
  });
  const server = await testServer((request, response) => void receiver.node(request, response));
  const send = (body: string, signature: string): Promise<Response> =>
    receiver.fetch(
      new Request("http://test/", { method: "POST", body, headers: { [signatureHeader]: signature } }),
    );
  const body = '{"eventId":"e1","name":"message.sent","payload":{"id":"m1"}}';
  await send(body, sign(body, value));
  await send(body, sign(body, "no secret of its"));
  return {
    run: (...argv: string[]): Promise<Finished> =>
      runCli(argv, { cwd: folder.path, columns: 200, openLocalApi, env: { PORT: new URL(server.url).port } }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await receiver.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("what a receiver in another program has refused, and which secret it uses, is shown while it runs", async () => {
  await using beside = await besideAReceiver();

  await eventually(async () => {
    expect((await beside.run("quarantine", "list")).stdout).toContain("matches no active secret");
    expect((await beside.run("secret", "list")).stdout).toMatch(/2026-11 +data folder +1 /);
  });
});

test("who asks beside it for the history is told who has that, and how to see it", async () => {
  await using beside = await besideAReceiver();

  const asked = [["events"], ["show", "e1"], ["dead-letters", "list"], ["tail"]];
  const told = await Promise.all(asked.map((argv) => beside.run(...argv)));

  for (const { code, stdout, stderr } of told) {
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("ledger.db is open in another process that has no API");
    expect(stderr).toContain("HOOKWELL_LEDGER=postgres://");
  }
});

test("the doctor calls that no fault", async () => {
  await using beside = await besideAReceiver();

  const { code, stdout } = await beside.run("doctor");

  expect(code).toBe(0);
  expect(stdout).toContain("! Stores");
  expect(stdout).toContain("another process has the ledger open");
  expect(stdout).toContain("createReceiver");
  expect(stdout).toMatch(
    /✓ Port +\d+ on 127\.0\.0\.1 is in use, which is right if your own server listens there/,
  );
  expect(stdout).not.toContain("In memory");
});

test("another file that is in use is told as that, and the password of a ledger is not", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, ".hookwell");
  await (await createReceiver({ secret: "one of its own, in its code", data, spill: "off" })).close();
  const holder = new DatabaseSync(join(data, "receive.db"));
  holder.exec("pragma locking_mode = exclusive; begin exclusive");
  const env = { HOOKWELL_LEDGER: "postgres://me:geheim@127.0.0.1:1/db" };
  const openOnce: OpenLocalApi = (...args) =>
    openLocalApi(...args).finally(() => (holder.isOpen ? holder.close() : undefined));

  const { code, stderr } = await runCli(["events"], { cwd: folder.path, env, openLocalApi: openOnce });

  expect(code).toBe(1);
  expect(stderr).toContain("receive.db is in use by another Hookwell process");
  expect(stderr).not.toContain("geheim");
});

test("a command that looks into a folder in which nothing was received makes no file there", async () => {
  await using folder = await tempFolder();
  const world = { cwd: folder.path, openLocalApi, env: { HOOKWELL_DATA: folder.path } };

  for (const argv of [["events"], ["quarantine", "list"], ["secret", "list"], ["doctor"]])
    await runCli(argv, world);

  expect(await readdir(folder.path)).toEqual([]);
});

test("a history that fails says why itself, since nobody has its log", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, ".hookwell");
  const secret = "one of its own, in its code";
  const { promise: isHandled, resolve } = Promise.withResolvers<void>();
  const receiver = await createReceiver({ secret, data, handlers: { "*": () => resolve() } });
  const body = '{"eventId":"e1","name":"message.sent"}';
  const headers = { [signatureHeader]: sign(body, secret) };
  await receiver.fetch(new Request("http://test/", { method: "POST", body, headers }));
  await isHandled;
  await receiver.close();
  const db = new DatabaseSync(join(data, "ledger.db"));
  db.exec("update event set status = 9");
  db.close();

  const { code, stderr } = await runCli(["events"], { cwd: folder.path, openLocalApi, columns: 200 });

  expect([code, stderr]).toEqual([
    1,
    "✗ The ledger's file: event 1 is damaged; restore the file from a backup. A status that there is not, 9. `hookwell doctor` looks further.\n",
  ]);
});

test("a second check removes no request that a server with other limits keeps", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, ".hookwell");
  const secret = { name: "new", value: "2f1f8f0a-5f1b-4a57-9a40-1b2f2f7f9c11" };
  const receiver = await createReceiver({ secret: "one of its own, in its code", data });
  const body = '[{"eventId":"e1","name":"message.sent"},{"name":"message.sent"}]';
  for (const signature of [sign(body, "a wrong one"), sign(body, secret.value), sign(body, "another")])
    await receiver.fetch(
      new Request("http://test/", { method: "POST", body, headers: { [signatureHeader]: signature } }),
    );
  await receiver.close();
  await addSecret(data, secret);
  const world = { cwd: folder.path, openLocalApi, env: { HOOKWELL_QUARANTINE_MAX_COUNT: "1" } };

  expect((await runCli(["quarantine", "recheck"], world)).stdout).toContain("1 genuine now");

  const { stdout } = await runCli(["quarantine", "list", "--json"], world);
  expect(stdout.trim().split("\n")).toHaveLength(3);
});
