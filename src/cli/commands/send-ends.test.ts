import { mkdir } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { makeCertificate } from "../../../test/support/network/certificate.ts";
import { httpsServer } from "../../../test/support/network/https-server.ts";
import { runCli, startCli } from "../../../test/support/program/cli.ts";
import { aReceiver, receiverSecret as secret } from "../../../test/support/events/receiver.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { testServer } from "../../../test/support/network/http-server.ts";
import { writeServerInfo } from "../../config/folder/server-notes.ts";
import { eventually } from "../../testing/eventually.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("how it ends", () => {
  test("tampered requests must all be refused", async () => {
    await using honest = await aReceiver();
    await using careless = await aReceiver(() => 200);

    const refused = await honest.send(["--tamper"]);
    const accepted = await careless.send(["--tamper"]);

    expect([refused.code, refused.stdout]).toEqual([
      0,
      expect.stringContaining("✓ 401    3  refused, as it should be"),
    ]);
    expect([accepted.code, accepted.stdout]).toEqual([1, expect.stringContaining("✗ 200    3")]);
  });

  test("an answer that is no success is a failure with what the server said", async () => {
    await using receiver = await aReceiver(() => 503);

    const { code, stdout } = await receiver.send(["message.sent"]);

    expect(code).toBe(1);
    expect(stdout).toContain("✗ 503    1  the sender would try again");
    expect(stdout).toContain("answer   as it is");
  });

  test("an answer that comes byte by byte has 10 s in all, as at the sender", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let written = 0;
    await using server = await testServer((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => {
        response.write(" ");
        written += 1;
      }, 10);
      response.once("close", () => clearInterval(timer));
    });
    const running = startCli(["send", "--url", server.url, "--secret", secret], { cwd: tmpdir() });
    await eventually(() => expect(written).toBeGreaterThan(1));

    await vi.advanceTimersByTimeAsync(9_900);
    expect(running.stderr()).toBe("");
    await vi.advanceTimersByTimeAsync(200);

    expect(await running.exit).toBe(1);
    expect(running.stderr()).toContain(`✗ ${server.url}/ does not answer in time.`);
  });

  test.for([
    { how: "is closed", cut: (response: ServerResponse) => response.destroy() },
    { how: "is reset", cut: ({ socket }: ServerResponse) => socket?.resetAndDestroy() },
  ])(
    "an answer whose connection $how is told by its status, unless it began as a success",
    async ({ cut }) => {
      const statuses = [503, 200, 200];
      await using server = await testServer((_, response) => {
        response.writeHead(statuses.shift() ?? 0, { "content-length": "100" }).write("half", () => {
          // Not before the client has what was written.
          if (statuses.length > 0) setTimeout(() => cut(response), 100);
          else response.end("x".repeat(96));
        });
      });

      const { code, stdout } = await runCli(["send", "--url", server.url, "--secret", secret], {
        cwd: tmpdir(),
      });

      expect(code).toBe(1);
      expect(stdout).toContain("✗ 503    1  the sender would try again");
      expect(stdout).toContain("✗ none   1  BROKEN_OFF");
      expect(stdout).toContain("✓ 200    1");
      expect(stdout).toContain("answer   half");
    },
  );

  test("first requests that fail end nothing if another is answered: all go on at the same time", async () => {
    let [requests, underWay, mostAtOnce] = [0, 0, 0];
    await using server = await testServer((request, response) => {
      requests += 1;
      if (requests < 8) return request.socket.destroy();
      underWay += 1;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      response.on("close", () => (underWay -= 1));
      // Not before the client knows that the first ones have failed.
      return setTimeout(() => response.end(), requests === 8 ? 200 : 20);
    });

    const { code, stdout } = await runCli(
      ["send", "message.sent", "--count", "101", "--url", server.url, "--secret", secret],
      { cwd: tmpdir() },
    );

    expect([code, requests, mostAtOnce]).toEqual([1, 101, 8]);
    expect(stdout).toContain("✓ 200    94");
    expect(stdout).toContain("✗ none   7  ECONNRESET");
  });

  test("the only answer that breaks off after its beginning is one sentence", async () => {
    await using server = await testServer((_, response) =>
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy()),
    );

    const { code, stderr } = await runCli(["send", "--url", server.url, "--secret", secret], {
      cwd: tmpdir(),
    });

    expect(code).toBe(1);
    expect(stderr).toContain(`✗ ${server.url}/ broke off in the middle of its answer.`);
  });

  test("the summary is one JSON object for programs", async () => {
    await using receiver = await aReceiver();

    const { stdout } = await receiver.send(["--count", "20", "--batch", "10", "--json"]);

    expect(JSON.parse(stdout)).toMatchObject({
      requests: 2,
      events: 20,
      accepted: 20,
      statuses: { 200: 2 },
      errors: {},
    });
    expect(JSON.parse(stdout)).toHaveProperty("latencyMs.p99", expect.any(Number));
  });

  test("a server that is not there is one sentence, however many events there are", async () => {
    const argv = ["send", "--url", "http://127.0.0.1:1/", "--secret", secret, "--count", "1000000"];

    const { code, stderr } = await runCli(argv, { cwd: tmpdir() });

    expect(code).toBe(1);
    expect(stderr).toContain("✗ http://127.0.0.1:1/ does not answer: no server listens there.");
  });

  test.for([
    ["send", "--secret", "s", "--url", "http://me:hidden@127.0.0.1:1/"],
    ["send", "--secret", "s", "--url", "http//me:hidden@127.0.0.1:1/"],
    ["send", "http://me:hidden@127.0.0.1:1/"],
    ["events", "--server", "ftp://me:hidden@127.0.0.1:1"],
    ["events", "--server", "me:hidden@127.0.0.1:1"],
  ])("a password in an address is not shown: %j", async (argv) => {
    const { code, stdout, stderr } = await runCli(argv, { cwd: tmpdir() });

    expect(code).not.toBe(0);
    expect(stderr).toContain("127.0.0.1:1");
    expect(stdout + stderr).not.toContain("hidden");
  });

  test("who named no server is told how to", async () => {
    await using folder = await tempFolder();
    const world = { cwd: folder.path, env: { PORT: "1", HOOKWELL_SECRET: secret } };

    const { code, stderr } = await runCli(["send"], world);

    expect(code).toBe(1);
    expect(stderr).toContain("Name the data folder of a running Hookwell with --data");
  });

  test("a Hookwell of this folder whose certificate is not trusted here is named, with what to do", async () => {
    await using folder = await tempFolder();
    const data = join(folder.path, ".hookwell");
    await mkdir(data);
    await using server = await httpsServer(await makeCertificate(folder.path, "own", 1));
    await writeServerInfo(data, "webhook", { url: `${server.url}/hooks`, pid: process.pid });

    const { code, stderr } = await runCli(["send"], {
      cwd: folder.path,
      env: { PORT: "1", HOOKWELL_SECRET: secret },
    });

    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        `takes events at ${server.url}/hooks, with a certificate of its own. Set HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY as`,
      ),
    ]);
  });

  test("a Hookwell of this folder that does not answer is named, and none is looked for elsewhere", async () => {
    await using folder = await tempFolder();
    await using server = await testServer(() => undefined);
    const data = join(folder.path, ".hookwell");
    await mkdir(data);
    await writeServerInfo(data, "webhook", { url: `${server.url}/hooks`, pid: process.pid });

    const { code, stderr } = await runCli(["send"], {
      cwd: folder.path,
      env: { PORT: "1", HOOKWELL_SECRET: secret },
    });

    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`${server.url} (process ${process.pid}) does not answer`),
    ]);
  });

  test("Ctrl-C ends it with the summary so far", async () => {
    await using receiver = await aReceiver();
    const argv = [
      "send",
      "--url",
      receiver.url,
      "--secret",
      secret,
      "--count",
      "1000000",
      "--rate",
      "1000/s",
    ];
    const running = startCli(argv, { cwd: tmpdir() });
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(5));

    running.signal("SIGINT");

    expect(await running.exit).toBe(130);
    expect(running.stdout()).toMatch(/^\d+ events in \d+ requests/);
    expect(running.listeners("SIGINT")).toBe(0);
  });

  test("the rate is kept", async () => {
    await using receiver = await aReceiver();

    const { stdout } = await receiver.send(["--count", "20", "--rate", "100", "--json"]);

    const { seconds } = JSON.parse(stdout) as { readonly seconds: number };
    expect(seconds).toBeGreaterThan(0.18);
  });

  test("so is one with longer pauses than a timer can wait", async () => {
    await using receiver = await aReceiver();
    const argv = ["send", "--url", receiver.url, "--secret", secret, "--count", "3", "--rate", "0.0000001"];
    const running = startCli(argv, { cwd: tmpdir() });
    await eventually(() => expect(receiver.received).toHaveLength(1));

    await sleep(200);
    running.signal("SIGINT");

    expect(await running.exit).toBe(130);
    expect(receiver.received).toHaveLength(1);
  });

  test("a long run tells how far it is, and takes the line away", async () => {
    await using receiver = await aReceiver();
    const argv = ["send", "--url", receiver.url, "--secret", secret, "--count", "1000", "--rate", "500"];
    const running = startCli(argv, { cwd: tmpdir(), columns: 80 });

    await eventually(() =>
      expect(running.stderr()).toMatch(/[█░]{24} +\d+% {2}\d+ of 1,000 {2}\d+\/s {2}0 failed {2}/),
    );
    running.signal("SIGINT");
    await running.exit;

    expect(running.stderr().endsWith("\r\u001b[2K")).toBe(true);
  });

  test.for([
    [["a.b", "--file", "x.json"], "choose one."],
    [["--file", "x.json", "--shuffle"], "--file posts bytes as they are: leave out --shuffle."],
    [["--file", "x.json", "--seed", "0", "--batch", "2"], "as they are: leave out --batch and --seed."],
    [["nothing.*"], '✗ "nothing.*" matches no known event. See'],
    [["--url", "localhost:3000"], "write a URL such as http://127.0.0.1:3000/"],
    [["--duplicate", "150%"], "write a share such as 0.1 or 10%."],
  ] as const)("%j is wrong use", async ([argv, sentence]) => {
    const { code, stderr } = await runCli(["send", "--secret", secret, ...argv], { cwd: tmpdir() });

    expect(code).toBe(2);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(sentence);
  });

  test("without any secret a sentence says where to get one", async () => {
    await using folder = await tempFolder();

    const { code, stderr } = await runCli(["send"], { cwd: folder.path });

    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("There is no secret to sign with: set HOOKWELL_SECRET"),
    ]);
  });
});
