import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../../test/support/program/cli.ts";
import { testServer } from "../../../test/support/network/http-server.ts";
import { aReceiver, receiverSecret as secret } from "../../../test/support/events/receiver.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { writeServerInfo } from "../../config/folder/server-notes.ts";
import { addSecret } from "../../config/secrets/secrets.ts";

describe("what is sent", () => {
  test("without a name it is the life of a message, signed, in order", async () => {
    await using receiver = await aReceiver();

    const { code, stdout } = await receiver.send([]);

    expect(code).toBe(0);
    expect(receiver.events().map(({ name }) => name)).toEqual([
      "message.sent",
      "message.delivered",
      "message.read",
    ]);
    expect(receiver.received.every(({ genuine }) => genuine)).toBe(true);
    expect(receiver.received[0]).toMatchObject({ contentType: "application/json", path: "/hooks" });
    expect(stdout).toMatch(/^3 events in 3 requests, .+\n {2}✓ 200 {4}3\n {2}latency {2}min .* p99 .* max /);
  });

  test("names and patterns take turns", async () => {
    await using receiver = await aReceiver();

    await receiver.send(["chat.closed", "presence.*", "--count", "6"]);

    const names = ["chat.closed", "presence.available", "presence.away", "presence.offline"];
    expect(receiver.events().map(({ name }) => name)).toEqual([...names, ...names.slice(0, 2)]);
  });

  test("a batch is one array, and the rest a smaller one", async () => {
    await using receiver = await aReceiver();

    await receiver.send(["--count", "25", "--batch", "10"]);

    const sizes = receiver.received.map(({ body }) => (JSON.parse(body.toString()) as unknown[]).length);
    expect(sizes).toEqual([10, 10, 5]);
  });

  test("the same seed gives the same events", async () => {
    await using receiver = await aReceiver();

    await receiver.send(["--seed", "7"]);
    await receiver.send(["--seed", "7"]);

    const ids = receiver.events().map(({ eventId }) => eventId);
    expect(ids.slice(0, 3)).toEqual(ids.slice(3));
    expect(new Set(ids).size).toBe(3);
  });

  test("repeats come on top, and shuffled events are all there", async () => {
    await using receiver = await aReceiver();

    await receiver.send(["--count", "60", "--duplicate", "50%", "--shuffle", "--seed", "1", "--batch", "7"]);

    const ids = receiver.events().map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(60);
    expect(ids.length).toBeGreaterThan(75);
    expect(ids.length).toBeLessThan(105);
    const names = receiver.events().map(({ name }) => name);
    expect(names.slice(0, 3)).not.toEqual(["message.sent", "message.delivered", "message.read"]);
  });

  test("repeats in order come soon after the first, each once", async () => {
    await using receiver = await aReceiver();

    await receiver.send(["--count", "30", "--duplicate", "1", "--seed", "3"]);

    const ids = receiver.events().map(({ eventId }) => eventId);
    expect(ids).toHaveLength(60);
    expect([...new Set(ids)].every((id) => ids.filter((other) => other === id).length === 2)).toBe(true);
  });

  test("however many are repeated, about a thousand repeats are waiting at most", async () => {
    await using receiver = await aReceiver();
    const many = ["--count", "4000", "--duplicate", "1", "--seed", "3"];

    await receiver.send([...many, "--batch", "500", "--concurrency", "1"]);

    const seen = new Set<string>();
    const waiting = receiver.events().map(({ eventId }, at) => 2 * seen.add(eventId).size - at - 1);
    expect(Math.max(...waiting)).toBeLessThan(1_010);
    expect(waiting.at(-1)).toBe(0);
  });

  test("a file goes out byte by byte", async () => {
    await using receiver = await aReceiver();
    await using folder = await tempFolder();
    const bytes = Buffer.from('\ufeff{"a" : 1.0 }\r\n\xff', "latin1");
    await writeFile(join(folder.path, "body.json"), bytes);

    await receiver.send(["--file", "body.json", "--count", "2"], { cwd: folder.path });
    await receiver.send(["--file", "-"], { stdin: bytes });

    expect(receiver.received.map(({ body }) => body.equals(bytes))).toEqual([true, true, true]);
    expect(receiver.received.every(({ genuine }) => genuine)).toBe(true);
  });

  test.for([
    { what: ["message.sent"], count: 100, most: 1 },
    { what: ["message.sent"], count: 101, most: 8 },
    { what: ["--file", "-"], count: 100, most: 1 },
    { what: ["--file", "-"], count: 101, most: 8 },
  ])("$count times $what.0: $most requests at the same time", async ({ what, count, most }) => {
    let now = 0;
    let highest = 0;
    await using server = await testServer((_, response) => {
      now += 1;
      highest = Math.max(highest, now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 2);
    });
    const argv = ["send", ...what, "--count", String(count), "--url", server.url, "--secret", secret];

    await runCli(argv, { cwd: tmpdir(), stdin: Buffer.from("{}") });

    expect(highest).toBe(most);
  });

  test("an unknown name is sent all the same, with a question", async () => {
    await using receiver = await aReceiver();

    const { code, stderr } = await receiver.send(["message.deliverd"]);

    expect(code).toBe(0);
    expect(receiver.events()[0]?.name).toBe("message.deliverd");
    expect(stderr).toContain(
      "message.deliverd is not a known event; it is sent with a plain payload. Did you mean message.delivered?",
    );
  });

  test("an unknown name is told in lines that fit the terminal, broken between words", async () => {
    await using receiver = await aReceiver();

    const { stderr } = await receiver.send(["message.deliverd"], { columns: 80 });

    expect(stderr).toContain(
      "! message.deliverd is not a known event; it is sent with a plain payload. Did\n  you mean message.delivered?\n",
    );
  });

  test("an address is no name: it is not sent to another one as an event", async () => {
    await using receiver = await aReceiver();

    const { code, stderr } = await receiver.send(["http://127.0.0.1:3001/", "--count", "3"]);

    expect([code, receiver.received.length]).toEqual([2, 0]);
    expect(stderr).toContain("http://127.0.0.1:3001/ is an address: write --url http://127.0.0.1:3001/.");
  });

  test("a file is no name: it is not sent as an event that is called like it", async () => {
    await using receiver = await aReceiver();
    await using folder = await tempFolder();
    const file = join(folder.path, "body.json");
    await writeFile(file, "{}");

    const { code, stderr } = await receiver.send([file], { columns: 1_000 });

    expect([code, receiver.received.length]).toEqual([2, 0]);
    expect(stderr).toContain(`${file} is a file: write --file ${file}.`);
  });

  test("the secret and the place of this folder are taken if none are given", async () => {
    await using receiver = await aReceiver();
    await using folder = await tempFolder();
    await addSecret(join(folder.path, ".hookwell"), { name: "default", value: secret });
    const env = { PORT: new URL(receiver.url).port, HOOKWELL_PATH: "/here" };

    const { code } = await runCli(["send", "chat.closed"], { cwd: folder.path, env });

    expect(code).toBe(0);
    expect(receiver.received).toMatchObject([{ genuine: true, path: "/here" }]);
  });
});

describe("the Hookwell of this folder", () => {
  const alive = (request: IncomingMessage, response: ServerResponse): void => {
    response
      .writeHead(["/readyz", "/hooks"].includes(request.url ?? "") ? 200 : 404)
      .end('{"parts":{"queue":"ok"}}');
  };

  test.for([
    ["webhook", "/hooks", 0, "the receiver that runs on the data folder, on its port and path"],
    ["api", "/", 1, "where the settings say, if the server on the data folder only processes"],
  ] as const)(
    "with a note of its %s at %s is found: %i requests go to %s",
    async ([door, path, atSettings]) => {
      await using receiver = await aReceiver();
      await using running = await testServer(alive);
      await using folder = await tempFolder();
      const data = join(folder.path, ".hookwell");
      await addSecret(data, { name: "default", value: secret });
      await writeServerInfo(data, door, { url: running.url + path, pid: 1 });

      const { code } = await runCli(["send", "chat.closed"], {
        cwd: folder.path,
        env: { PORT: new URL(receiver.url).port },
      });

      expect(code).toBe(0);
      expect(receiver.received).toHaveLength(atSettings);
    },
  );
});
