import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { apiServer } from "../../../test/support/network/api-server.ts";
import {
  canMakeExpired,
  type CertificateFiles,
  makeCertificate,
  makeExpiredCertificate,
} from "../../../test/support/network/certificate.ts";
import {
  type CliWorld,
  type Finished,
  folderThatAnswers,
  runCli,
} from "../../../test/support/program/cli.ts";
import { testServer } from "../../../test/support/network/http-server.ts";
import { httpsServer } from "../../../test/support/network/https-server.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { loadOrCreateToken } from "../../config/folder/token.ts";
import { writeServerInfo } from "../../config/folder/server-notes.ts";
import { ConfigError, DataInUseError } from "../../errors.ts";

/** A folder on which Hookwell was started before. */
async function aDataFolder() {
  const folder = await tempFolder();
  const data = join(folder.path, ".hookwell");
  const { token } = await loadOrCreateToken(data);
  return { ...folder, data, token };
}

const emptyList = '{"items":[],"next":null}';

/** What a Hookwell in which nothing happened answers. */
const hookwellAnswer = ({ url }: IncomingMessage): string =>
  url === "/readyz" ? '{"parts":{"queue":"ok"}}' : emptyList;
const list = (world: CliWorld): Promise<Finished> => runCli(["events", "--json"], world);

/** The world of a command that asks the server at this address. */
const asking = (url: string): CliWorld => ({
  cwd: "/",
  env: { HOOKWELL_SERVER: url, HOOKWELL_TOKEN: "t" },
});

describe("the server that a command talks to", () => {
  test("is the one that runs on the data folder, with the token in it", async () => {
    await using folder = await aDataFolder();
    const { data, token } = folder;
    const asked: (string | undefined)[] = [];
    await using server = await testServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.end(hookwellAnswer(request));
    });
    await writeServerInfo(data, "api", { url: `${server.url}/`, pid: 1 });

    const { code } = await list({ cwd: folder.path });

    expect(code).toBe(0);
    expect(asked).toEqual(["/readyz undefined", `/api/v1/events?limit=51 Bearer ${token}`]);
  });

  test("is asked also while its queue fails, and it is not ready", async () => {
    await using folder = await aDataFolder();
    await using server = await testServer(({ url }, response) => {
      if (url !== "/readyz") return response.end(emptyList);
      return response.writeHead(503).end('{"status":"unavailable","parts":{"queue":"failed"}}');
    });
    await writeServerInfo(folder.data, "api", { url: `${server.url}/`, pid: 1 });
    const openLocalApi: CliWorld["openLocalApi"] = () => Promise.reject(new Error("not asked"));

    const { code } = await list({ cwd: folder.path, openLocalApi });

    expect(code).toBe(0);
  });

  test("may be named by the address of its API or its console, as the welcome shows them", async () => {
    const asked: (string | undefined)[] = [];
    await using server = await apiServer(({ url }, response) => {
      asked.push(url);
      response.end(emptyList);
    });

    const finished = [
      await list(asking(`${server.url}/api/v1`)),
      await list(asking(`${server.url}/api/v1/`)),
      await list(asking(`${server.url}/console/`)),
    ];

    expect(finished.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(asked).toEqual(finished.map(() => "/api/v1/events?limit=51"));
  });

  test("is none if it was killed, so that the data folder is opened here", async () => {
    await using folder = await aDataFolder();
    const { data } = folder;
    await writeServerInfo(data, "api", { url: "http://127.0.0.1:1/", pid: 1 });
    let opened = 0;
    let closed = 0;
    const openLocalApi: CliWorld["openLocalApi"] = async (config) => {
      opened += config.data === data ? 1 : 0;
      return {
        missing: [],
        inUse: undefined,
        fetch: async () => new Response(emptyList),
        close: async () => void (closed += 1),
      };
    };

    const { code } = await list({ cwd: folder.path, openLocalApi });

    expect([code, opened, closed]).toEqual([0, 1, 1]);
  });

  test.each([
    ["<!doctype html>", 2 ** 22 + 1, "nothing"],
    ["<!doctype html>", 1, "another program"],
    // As many services answer, whatever they are asked.
    [JSON.stringify({ status: "ok" }), 2 ** 22 + 1, "nothing"],
    [JSON.stringify({ status: "ok" }), 1, "another program"],
  ])(
    "is none if it was killed and another program has its port, which is not told the token: %s; %d is now %s",
    async (page, pid) => {
      await using folder = await aDataFolder();
      const { data } = folder;
      const tokens: unknown[] = [];
      await using server = await testServer(({ headers }, response) => {
        tokens.push(headers.authorization);
        response.end(page);
      });
      await writeServerInfo(data, "api", { url: `${server.url}/`, pid });
      const openLocalApi = folderThatAnswers(async () => new Response(emptyList));

      const { code } = await list({ cwd: folder.path, openLocalApi });

      expect([code, new Set(tokens)]).toEqual([0, new Set([undefined])]);
    },
  );

  test("is trusted over TLS by its very certificate, whatever name that is made out to", async () => {
    await using folder = await aDataFolder();
    const { data } = folder;
    const ours = await makeCertificate(folder.path, "ours", 90);
    const other = await makeCertificate(folder.path, "other", 90);
    const pair = { cert: await readFile(ours.cert), key: await readFile(ours.key) };
    const server = createServer(pair, (request, response) => response.end(hookwellAnswer(request)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await writeServerInfo(data, "api", {
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      pid: 1,
    });
    const openLocalApi: CliWorld["openLocalApi"] = () => Promise.reject(new Error("not trusted"));
    const env = (files: typeof ours) => ({ HOOKWELL_TLS_CERT: files.cert, HOOKWELL_TLS_KEY: files.key });

    const trusted = await list({ cwd: folder.path, openLocalApi, env: env(ours) });
    const wrong = await list({ cwd: folder.path, openLocalApi, env: env(other) });

    server.close();
    expect(trusted.code).toBe(0);
    expect(wrong.stderr).toContain("not trusted");
  });

  test("is the one of HOOKWELL_SERVER, under a path too", async () => {
    const asked: (string | undefined)[] = [];
    await using server = await apiServer((request, response) => {
      asked.push(request.url);
      response.end(emptyList);
    });

    const { code } = await list(asking(`${server.url}/hooks/`));

    expect([code, asked]).toEqual([0, ["/hooks/api/v1/events?limit=51"]]);
  });

  test("is that of the folder that --data names, whatever HOOKWELL_SERVER says, but not --server", async () => {
    await using folder = await aDataFolder();
    const asked: string[] = [];
    const askedAs = (name: string) =>
      apiServer((_, response) => response.end(emptyList, () => asked.push(name)));
    await using elsewhere = await askedAs("elsewhere");
    const openLocalApi = folderThatAnswers(async () => {
      asked.push("folder");
      return new Response(emptyList);
    });
    const world = { ...asking(elsewhere.url), openLocalApi };
    const here = ["events", "--json", "--data", folder.data];

    await runCli(here, world);
    await runCli([...here, "--server", elsewhere.url], world);

    expect(asked).toEqual(["folder", "elsewhere"]);
  });

  test("that runs on the folder that --data names gets its own token, not that of the one in HOOKWELL_SERVER", async () => {
    await using folder = await aDataFolder();
    const asked: (string | undefined)[] = [];
    await using server = await testServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end(hookwellAnswer(request));
    });
    await writeServerInfo(folder.data, "api", { url: `${server.url}/`, pid: 1 });

    const { code } = await runCli(["events", "--json", "--data", folder.data], asking("http://127.0.0.1:1"));

    expect(code).toBe(0);
    expect(asked).toEqual([undefined, `Bearer ${folder.token}`]);
  });

  test("gets the token of the file that HOOKWELL_TOKEN_FILE names", async () => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "token"), "t1\n");
    const asked: (string | undefined)[] = [];
    await using server = await apiServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end(emptyList);
    });
    const env = { HOOKWELL_SERVER: server.url, HOOKWELL_TOKEN_FILE: "token" };

    const { code } = await list({ cwd: folder.path, env });
    const unreadable = await list({ cwd: "/", env });

    expect([code, asked.at(-1)]).toEqual([0, "Bearer t1"]);
    expect([unreadable.code, unreadable.stderr]).toEqual([
      2,
      expect.stringContaining(
        "HOOKWELL_TOKEN_FILE names a file that cannot be read (ENOENT): name one that this user may read.",
      ),
    ]);
  });

  test("gets no token that is no header, and that is not shown", async () => {
    const env = { HOOKWELL_SERVER: "http://127.0.0.1:1", HOOKWELL_TOKEN: "hunter2\nhunter2" };

    const { code, stderr } = await list({ cwd: "/", env });

    expect(code).toBe(2);
    expect(stderr).toContain("HOOKWELL_TOKEN is not usable: write a token of printable ASCII characters");
    expect(stderr).not.toContain("hunter2");
  });

  test("is the data folder, whose own words are told as they are", async () => {
    await using folder = await aDataFolder();
    const openLocalApi: CliWorld["openLocalApi"] = async () => ({
      missing: [],
      inUse: undefined,
      fetch: () => Promise.reject(new ConfigError(["HOOKWELL_DATA is not usable."])),
      close: async () => undefined,
    });

    const { code, stderr } = await list({ cwd: folder.path, openLocalApi });

    expect([code, stderr]).toEqual([2, expect.stringMatching(/^✗ HOOKWELL_DATA is not usable\.\n/)]);
  });

  test.for([
    "https://hooks.example.com",
    "https://localhost.example.com",
    "https://hooks.localhost",
    "https://127.0.0.1.example.com",
  ])("of another machine never gets the token of this folder: %s", async (server) => {
    await using folder = await aDataFolder();

    const { code, stderr } = await list({ cwd: folder.path, env: { HOOKWELL_SERVER: server } });

    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`The token of ${server} is missing: set HOOKWELL_TOKEN to it.`),
    ]);
  });
});

describe("an answer that is none", () => {
  test.for([
    "events",
    "events --json",
    "show e1",
    "show e1 --raw",
    "show e1 --json",
    "show message:1",
    "tail",
    "tail --last 0",
    "dead-letters list",
    "dead-letters replay --all",
    "dead-letters remove e1",
    "quarantine list",
    "quarantine show q1",
    "quarantine recheck",
    "quarantine remove q1",
    "doctor",
  ])(
    "of a program that answers 200 to everything is one sentence, and it gets no token: %s",
    async (line) => {
      for (const text of ["{}", "null", '{"items":[{}],"parts":null,"info":{"title":"Other"}}']) {
        const tokens: unknown[] = [];
        await using server = await testServer(({ headers }, response) => {
          tokens.push(headers.authorization);
          response.end(text);
        });

        const { code, stdout, stderr } = await runCli(line.split(" "), asking(server.url));

        expect(`${stdout}${stderr}`).toContain(
          "does not answer as Hookwell does (status 200): is the URL right?",
        );
        expect(`${stdout}${stderr}`).not.toMatch(/TypeError|Cannot|NaN|undefined|unknown/);
        expect([code, new Set(tokens)]).toEqual([1, new Set([undefined])]);
      }
    },
  );

  test.for([
    [200, "<!doctype html>", "does not answer as Hookwell does (status 200): is the URL right?", 1],
    [401, "{}", "refuses the token: set HOOKWELL_TOKEN to the token of that server.", 1],
    [502, "<html>", "does not answer as Hookwell does (status 502): is the URL right?", 1],
    [
      404,
      "nothing",
      "does not answer as Hookwell does (status 404): is the URL right? A `hookwell receive` has no",
      1,
    ],
    [400, '{"error":{"code":"BAD_REQUEST","message":"`since` is odd."}}', "✗ `since` is odd.", 2],
    [503, '{"error":{"code":"X","message":"Try again later."}}', "✗ Try again later.", 1],
  ] as const)("with status %i is one sentence", async ([status, text, sentence, code]) => {
    await using server = await apiServer((_, response) => response.writeHead(status).end(text));

    const finished = await list(asking(server.url));

    expect([finished.code, finished.stderr]).toEqual([code, expect.stringContaining(sentence)]);
  });

  test.for(["never ends", "breaks off"])(
    "that %s is not waited for where nothing of it is wanted",
    async (how) => {
      await using server = await testServer(({ url }, response) => {
        if (url !== "/api/openapi.json") return void response.writeHead(401).end("{}");
        response.writeHead(404, { "content-length": "100" }).write("nothing");
        if (how === "breaks off") setImmediate(() => response.destroy());
      });

      const { stderr } = await list(asking(server.url));

      expect(stderr).toContain("refuses the token");
    },
  );

  test.for(["events", "events --json", "show e1 --raw", "dead-letters remove e1"])(
    "that breaks off in its middle is one sentence: %s",
    async (line) => {
      await using server = await apiServer((_, response) => {
        response.writeHead(200, { "content-length": "100" }).write("{");
        setImmediate(() => response.destroy());
      });

      const { code, stderr } = await runCli(line.split(" "), asking(server.url));

      expect([code, stderr.split("\n")]).toEqual([
        1,
        [`✗ ${server.url} broke off in the middle of its answer: try again.`, ""],
      ]);
    },
  );

  test("that is not there in time is one sentence", { timeout: 20_000 }, async () => {
    await using silent = await testServer(() => undefined);
    await using endless = await testServer((_, response) => void response.write("{"));

    const told = await Promise.all([silent, endless].map(({ url }) => list(asking(url))));

    for (const { code, stderr } of told)
      expect([code, stderr]).toEqual([1, expect.stringContaining("does not answer in time.")]);
  });

  test.for([
    ["http://127.0.0.1:1", 1, "does not answer: no server listens there."],
    ["localhost:3000", 2, "write a URL such as https://hooks.example.com."],
  ] as const)("from %s is one sentence", async ([url, code, sentence]) => {
    const finished = await list(asking(url));

    expect([finished.code, finished.stderr]).toEqual([code, expect.stringContaining(sentence)]);
  });

  test("because a plain server is asked over TLS says so", async () => {
    await using server = await testServer((_, response) => response.end());

    const { stderr } = await list(asking(server.url.replace("http:", "https:")));

    expect(stderr).toContain("does not speak TLS: is it http:// and not https://?");
  });

  test("because one that speaks TLS is asked without says so", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const { stderr } = await list(asking(`http://127.0.0.1:${port}`));
    server.close();

    expect(stderr).toContain("closed the connection before it answered. Is it https:// and not http://?");
  });
});

test("a Hookwell that is not heard, since its certificate is not trusted here, is named with what to do", async () => {
  await using folder = await aDataFolder();
  const { data } = folder;
  await using server = await httpsServer(await makeCertificate(folder.path, "own", 1));
  await writeServerInfo(data, "api", { url: `${server.url}/`, pid: process.pid });
  const openLocalApi: CliWorld["openLocalApi"] = () =>
    Promise.reject(new DataInUseError(join(data, "ledger.db")));

  const { code, stderr } = await list({ cwd: folder.path, openLocalApi });

  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(
      `has its API at ${server.url}/, with a certificate of its own. Set HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY as`,
    ),
  ]);
});

describe("a Hookwell that has another certificate than the one that is trusted is named with what to do", () => {
  const told = async (had: CertificateFiles, file: CertificateFiles): Promise<string> => {
    await using folder = await aDataFolder();
    await using server = await httpsServer(had);
    await writeServerInfo(folder.data, "api", { url: `${server.url}/`, pid: process.pid });
    const openLocalApi: CliWorld["openLocalApi"] = () =>
      Promise.reject(new DataInUseError(join(folder.data, "ledger.db")));
    const env = { HOOKWELL_TLS_CERT: file.cert, HOOKWELL_TLS_KEY: file.key };
    const { code, stderr } = await list({ cwd: folder.path, openLocalApi, env });
    expect(code).toBe(2);
    expect(stderr).toContain(`has its API at ${server.url}/ with`);
    expect(stderr).toContain(`send SIGHUP to process ${process.pid}`);
    return stderr;
  };

  test("if the file was renewed", async () => {
    await using folder = await tempFolder();
    const had = await makeCertificate(folder.path, "had", 90);
    const renewed = await makeCertificate(folder.path, "renewed", 90);

    expect(await told(had, renewed)).toContain(
      `with another certificate than ${renewed.cert}. If the file was`,
    );
  });

  test.skipIf(!canMakeExpired())("if it has expired", async () => {
    await using folder = await tempFolder();
    const expired = await makeExpiredCertificate(folder.path, "expired");

    expect(await told(expired, expired)).toContain(
      `that has expired. Renew ${expired.cert}, unless that was done`,
    );
  });
});

test("a Hookwell that takes connections and does not answer is named, and not told to be any other one", async () => {
  await using folder = await aDataFolder();
  const { data } = folder;
  await using server = await testServer(() => undefined);
  const openLocalApi: CliWorld["openLocalApi"] = () =>
    Promise.reject(new DataInUseError(join(data, "ledger.db")));
  const told = async (pid: number): Promise<string> => {
    await writeServerInfo(data, "api", { url: `${server.url}/`, pid });
    return (await list({ cwd: folder.path, openLocalApi })).stderr;
  };

  expect(await told(process.pid)).toContain(`${server.url} (process ${process.pid}) does not answer`);
  // It has ended, and something else has its port: by now its number may be that of any process.
  expect(await told(2 ** 22 + 1)).toContain("is in use by another Hookwell process");
});

test("what is told of an engine that does not answer here, where no server has a log, and who looks further", async () => {
  await using folder = await aDataFolder();
  const message = "PostgreSQL: connect ECONNREFUSED 127.0.0.1:5432";
  const body = JSON.stringify({ error: { code: "LEDGER_UNAVAILABLE", message } });
  const openLocalApi = folderThatAnswers(async () => new Response(body, { status: 503 }));

  const { code, stderr } = await list({ cwd: folder.path, openLocalApi });

  expect([code, stderr]).toEqual([1, `✗ ${message}. \`hookwell doctor\` looks further.\n`]);
});

test("a configuration file that is broken is named by every command that needs it", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "hookwell.config.json"), "{");

  const { code, stderr } = await list({ cwd: folder.path });

  expect([code, stderr]).toEqual([2, expect.stringContaining("hookwell.config.json:1:2 is not valid JSON")]);
});
