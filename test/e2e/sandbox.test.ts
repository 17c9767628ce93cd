import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { sign } from "../../src/event/signature.ts";
import type { DeliveryAttempt } from "../../src/sandbox/index.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { testServer } from "../support/network/http-server.ts";
import { program, start } from "../support/program/built.ts";
import { tempFolder } from "../support/temp-folder.ts";

const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const headers = { authorization: `Basic ${btoa("sandbox:sandbox")}` };

test("hookwell sandbox delivers what becomes of a message to whoever registered, tells it, and stops at Ctrl-C", async () => {
  const posts: { readonly body: string; readonly signature: unknown }[] = [];
  await using receiver = await testServer(async (request, response) => {
    posts.push({ body: await text(request), signature: request.headers["x-comapi-signature"] });
    response.end();
  });
  await using folder = await tempFolder();
  const args = [program, "sandbox", "--port", "0", "--json", "--time-scale", "100"];
  await using sandbox = await start(process.execPath, args, { cwd: folder.path, ready: /"sandbox\.ready"/ });
  const { url } = JSON.parse(sandbox.readyLine) as { readonly url: string };
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${url}/cpaas/${path}`, { method: "POST", headers, body: JSON.stringify(body) });

  const subscriptions = [{ type: "message.sent" }];
  const registered = await post("webhooks", { name: "mine", url: receiver.url, secret, subscriptions });
  const sent = await post("messages", { to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] });
  const { messageId } = (await sent.json()) as { readonly messageId: string };
  await eventually(async () => expect(printed(sandbox.lines)).toHaveLength(1));
  process.kill(sandbox.pid, "SIGINT");

  expect([registered.status, sent.status]).toEqual([201, 201]);
  const [arrived] = posts;
  expect(JSON.parse(arrived?.body ?? "")).toMatchObject({ name: "message.sent", payload: { id: messageId } });
  expect(arrived?.signature).toBe(sign(arrived?.body ?? "", secret));
  expect(printed(sandbox.lines)).toMatchObject([
    { names: ["message.sent"], attempt: 1, status: 200, outcome: "accepted" },
  ]);
  expect(await sandbox.exited).toBe(0);
});

/** The attempts among the lines. */
const printed = (lines: readonly string[]): readonly DeliveryAttempt[] =>
  lines.map((line) => JSON.parse(line) as DeliveryAttempt).filter(({ attempt }) => attempt !== undefined);
