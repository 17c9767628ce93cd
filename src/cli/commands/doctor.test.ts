import { chmod, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CliWorld, runCli } from "../../../test/support/program/cli.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { apiServer } from "../../../test/support/network/api-server.ts";
import { testServer } from "../../../test/support/network/http-server.ts";
import { makeCertificate } from "../../../test/support/network/certificate.ts";
import { httpsServer } from "../../../test/support/network/https-server.ts";
import { aPatient, aServer, topicsIn } from "../../../test/support/program/patient.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { loadConfig } from "../../config/load-config.ts";
import { noteQueue } from "../../config/folder/queue-note.ts";
import { addSecret } from "../../config/secrets/secrets.ts";
import { writeServerInfo } from "../../config/folder/server-notes.ts";
import { DataInUseError } from "../../errors.ts";
import { silentLog } from "../../log.ts";
import { openQueue } from "../../queue/open-queue.ts";
import { aMessage } from "../../testing/builders.ts";

describe("doctor", () => {
  test("finds nothing wrong before the first start", async () => {
    await using patient = await aPatient();

    const { code, stdout } = await patient.doctor();

    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(0, 15).trimEnd()),
    ).toEqual(
      ["Node", "Settings", "Data folder", "Secrets", "Queue", "Ledger", "Port", "TLS", "Clock"].map(
        (topic) => `✓ ${topic}`,
      ),
    );
    expect(stdout).toMatch(/✓ Queue {9}SQLite [\d.]+, created on the first start: Flushed to/);
  });

  test("asks another server whether it and its stores are well, and for its clock", async () => {
    await using patient = await aPatient();
    await using server = await aServer(patient);
    const env = { HOOKWELL_TOKEN: "t" };

    const named = await patient.doctor(["--server", server.url], { env });
    const set = await patient.doctor([], { env: { ...env, HOOKWELL_SERVER: server.url } });
    const empty = await patient.doctor([], { env: { HOOKWELL_SERVER: "" } });

    expect([named.code, set.code, empty.code]).toEqual([0, 0, 0]);
    for (const finished of [named, set])
      expect(topicsIn(finished)).toEqual(["Node", "Server", "Engines", "Queue", "Ledger", "Stores", "Clock"]);
    expect(named.stdout).toContain(`✓ Server        ${server.url} answers\n`);
    expect(named.stdout).toContain(`✓ Stores        ${server.url}: 0 events kept, 0 waiting\n`);
    expect(named.stdout).toMatch(/! Clock {9}It is 15m( \d+s)? ahead of the server's\./);
    expect(topicsIn(empty)).toContain("Settings");
  });

  test.for(["--data", "--queue", "--ledger"])(
    "looks here if %s says at what, whatever HOOKWELL_SERVER says",
    async (flag) => {
      await using patient = await aPatient();
      const value = flag === "--data" ? patient.data : "memory:";
      const env = { HOOKWELL_SERVER: "http://127.0.0.1:1", HOOKWELL_TOKEN: "t".repeat(16) };

      const finished = await patient.doctor([flag, value], { env });

      expect([finished.code, topicsIn(finished)]).toEqual([
        0,
        expect.arrayContaining(["Data folder", "Port"]),
      ]);
    },
  );

  test("tells of a token that could be guessed what to do", async () => {
    await using patient = await aPatient();

    const { code, stdout } = await patient.doctor([], { env: { HOOKWELL_TOKEN: "t" } });

    expect(code).toBe(0);
    expect(stdout).toContain(
      "! Settings      The token of the API has 1 character: at least 16 are advised.",
    );
    expect(stdout).toContain("Set a longer one, or none");
    expect(stdout).not.toContain("Correct the name");
  });

  test("the clock is that of the other server's answer, whatever else takes long", async () => {
    let later = 0;
    await using server = await testServer(({ url }, response) => {
      if (url !== "/healthz") later = 60_000;
      response.end(JSON.stringify({ status: "ok", parts: { queue: "ok" } }));
    });

    const { stdout } = await runCli(["doctor", "--server", server.url], {
      cwd: tmpdir(),
      env: { HOOKWELL_TOKEN: "t" },
      get now() {
        return Date.now() + later;
      },
    });

    expect(stdout).toMatch(/✓ Clock {9}\S+, as at the server/);
  });

  test("looks at the ledger of these settings although another Hookwell has their port", async () => {
    await using patient = await aPatient();
    await using other = await apiServer((_, response) => response.end('{"parts":{"queue":"ok"}}'));
    const env = { PORT: new URL(other.url).port, HOOKWELL_QUEUE: "redis://127.0.0.1:1" };

    const { stdout } = await patient.doctor([], { env, columns: 250 });

    expect(stdout).toContain("✓ Ledger        SQLite");
  });

  test("asks a server once that has both doors of the folder", async () => {
    await using patient = await aPatient();
    await using server = await aServer(patient);
    await mkdir(patient.data, { mode: 0o700 });
    for (const door of ["api", "webhook"] as const)
      await writeServerInfo(patient.data, door, { url: `${server.url}/`, pid: 1 });

    const finished = await patient.doctor([], { env: { HOOKWELL_TOKEN: "t" } });

    expect(topicsIn(finished).filter((topic) => ["Engines", "Port"].includes(topic))).toEqual([
      "Engines",
      "Port",
    ]);
  });

  test("says that these settings have another queue than the last start, and looks for nothing there", async () => {
    await using patient = await aPatient();
    const env = { HOOKWELL_DATA: patient.data, HOOKWELL_QUEUE: "redis://elsewhere" };
    await noteQueue(await loadConfig({ env, flags: {}, cwd: "/" }), silentLog);

    const finished = await patient.doctor([], { columns: 250 });

    expect(finished.stdout).toContain(
      `! Queue         These settings name the queue sqlite:, but the last start on ${patient.data} had redis://elsewhere`,
    );
    expect(topicsIn(finished).slice(5)).toEqual(["Queue", "Ledger", "Port", "TLS", "Clock"]);
  });

  test("says that a worker with these settings would not start, since others have the queue for another ledger", async () => {
    await using patient = await aPatient();
    await mkdir(patient.data, { mode: 0o700 });
    const worker = await openQueue("sqlite:", patient.data, { leaseMs: 30_000, highWater: 1 });
    await worker.reserve({ name: "another history", isShared: false });

    const { stdout } = await patient.doctor([], { columns: 250 });

    await worker.close();
    expect(stdout).toContain("! Ledger        The events of this queue are handled with another ledger now");
  });

  test("warns of a receiver without any secret, which takes nothing", async () => {
    await using patient = await aPatient();
    await mkdir(patient.data, { mode: 0o700 });
    await writeServerInfo(patient.data, "webhook", { url: "http://127.0.0.1:1/", pid: process.pid });

    const { stdout } = await patient.doctor([], { columns: 200 });

    expect(stdout).toContain("! Secrets       None is known here, but a receiver runs on this folder");
    expect(stdout).toContain("→ Add one with `hookwell secret add NAME`");
  });

  test("names every wrong setting", async () => {
    await using patient = await aPatient();

    const { code, stdout } = await patient.doctor([], { env: { PORT: "x", HOOKWELL_RETENTION: "1" } });

    expect(code).toBe(1);
    expect(stdout).toContain('✗ Settings      PORT is "x"');
    expect(stdout).toContain('✗ Settings      HOOKWELL_RETENTION is "1"');
  });

  test("looks no further where the data folder is none, and says so once", async () => {
    await using patient = await aPatient();
    await writeFile(patient.data, "");

    const finished = await patient.doctor();

    expect([finished.code, finished.stderr]).toEqual([1, ""]);
    expect(topicsIn(finished)).toEqual(["Node", "Settings", "Data folder"]);
  });

  test("warns of a folder that others can read, and of weak secrets, with a cure for each", async () => {
    await using patient = await aPatient();
    await addSecret(patient.data, { name: "weak", value: "short" });
    await chmod(patient.data, 0o755);
    await chmod(join(patient.data, "secrets.json"), 0o644);

    const { code, stdout } = await patient.doctor();

    expect(code).toBe(0);
    expect(stdout).toContain(`→ chmod 700 '${patient.data}'`);
    expect(stdout).toContain(`→ chmod 600 '${join(patient.data, "secrets.json")}'`);
    expect(stdout).toContain('! Secrets       The secret "weak" has 5 characters');
  });

  test("tells of a weak secret once, and how many handlers there are", async () => {
    await using patient = await aPatient();
    await writeFile(
      join(patient.path, "hookwell.config.mjs"),
      'export default { handlers: { "*": () => {} } };',
    );

    const { stdout } = await patient.doctor([], { env: { HOOKWELL_SECRET: "short" } });

    expect(stdout).toMatch(/✓ Settings {6}.*hookwell\.config\.mjs; 1 handler\n/);
    expect(stdout.match(/HOOKWELL_SECRET has 5 characters/g)).toHaveLength(1);
  });

  test("does not call a secret active whose name another has", async () => {
    await using patient = await aPatient();
    await addSecret(patient.data, { name: "default", value: "the first, from the data folder" });
    await addSecret(patient.data, { name: "new", value: "the second, from the data folder" });

    const env = { HOOKWELL_SECRET: "another, from the environment" };
    const { code, stdout } = await patient.doctor([], { env, columns: 200 });

    expect(code).toBe(0);
    expect(stdout).toContain("✓ Secrets       Active: default, new\n");
    expect(stdout).toContain(
      '! Secrets       The secret "default" of the data folder is not active, since HOOKWELL_SECRET uses the same name.',
    );

    const same = await patient.doctor([], { env: { HOOKWELL_SECRET: "the first, from the data folder" } });
    expect(same.stdout).not.toContain("not active");
  });

  test("tells what waits in the stores", async () => {
    await using patient = await aPatient();
    await mkdir(patient.data, { mode: 0o700 });
    await patient.api.settled("dead");
    patient.api.parts.quarantine.keep("1", Buffer.from("x"));

    const { stdout } = await patient.doctor();

    expect(stdout).toContain("✓ Stores        " + patient.data + ": 1 event kept, 0 waiting");
    // Each engine once: of those that are not made yet all is said.
    expect(stdout.match(/^✓ (Queue|Ledger) .*$/gm)).toEqual([
      expect.stringContaining("created on the first start"),
      expect.stringContaining("created on the first start"),
    ]);
    expect(stdout).toContain("! Dead letters  1 event failed for good.");
    expect(stdout).toContain("! Quarantine    1 refused request");
  });

  test("tells what waits also if the ledger of the running server does not answer", async () => {
    await using patient = await aPatient();
    await mkdir(patient.data, { mode: 0o700 });
    await patient.api.parts.queue.put([aMessage()]);
    await patient.api.parts.ledger.close();

    const { code, stdout } = await patient.doctor([], { columns: 200 });

    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ Stores .*: the ledger does not report what it keeps, 1 waiting/);
  });

  test("says that a memory engine forgets", async () => {
    await using patient = await aPatient();

    const { stdout } = await patient.doctor([], { env: { HOOKWELL_QUEUE: "memory:" } });

    expect(stdout).toContain("! Durability    The queue forgets everything when the process ends.");
  });

  test("asks a running server, whose clock is ours: there is nothing to hold it against", async () => {
    await using patient = await aPatient();
    await using server = await testServer(async (request, response) => {
      response.setHeader("date", new Date(Date.now() - 90_000).toUTCString());
      if (request.url === "/readyz") return response.end('{"parts":{"queue":"ok","ledger":"late"}}');
      return response.writeHead(401).end();
    });
    await mkdir(patient.data, { mode: 0o700 });
    await writeServerInfo(patient.data, "api", { url: `${server.url}/`, pid: 1 });

    const { code, stdout } = await patient.doctor([], { env: { PORT: new URL(server.url).port } });

    expect(code).toBe(1);
    expect(stdout).toContain(`✗ Engines       ledger: no answer in time, at ${server.url}`);
    expect(stdout).toContain("refuses the token: set HOOKWELL_TOKEN");
    expect(stdout).toContain(`✓ Port          Hookwell runs at ${server.url}`);
    expect(stdout).toMatch(/✓ Clock {9}20\S+Z, compared with no other clock\n/);
  });

  test("names a server that takes connections and does not answer, and says what to do", async () => {
    await using patient = await aPatient();
    await patient.api.settled("handled");
    await using server = await testServer(() => undefined);
    await mkdir(patient.data, { mode: 0o700 });
    await writeServerInfo(patient.data, "api", { url: `${server.url}/`, pid: process.pid });
    const openLocalApi: CliWorld["openLocalApi"] = () =>
      Promise.reject(new DataInUseError(join(patient.data, "ledger.db")));

    const { code, stdout } = await patient.doctor([], { columns: 200, openLocalApi });

    expect(code).toBe(1);
    expect(stdout).toContain(`✗ Server        ${server.url} (process ${process.pid}) does not answer`);
    expect(stdout).toContain(`kill -9 ${process.pid}`);
    expect(stdout).not.toContain("Stores");
  });

  test("names a receiver that takes connections and does not answer, too", async () => {
    await using patient = await aPatient();
    await using server = await testServer(() => undefined);
    await mkdir(patient.data, { mode: 0o700 });
    await writeServerInfo(patient.data, "webhook", { url: `${server.url}/hooks`, pid: process.pid });

    const { stdout } = await patient.doctor([], { columns: 200 });

    expect(stdout).toContain(`✗ Server        ${server.url} (process ${process.pid}) does not answer`);
    expect(topicsIn({ code: 0, stdout, stderr: "" })).toContain("Stores");
  });

  test("calls the port of a Hookwell that is not heard no other program's", async () => {
    await using patient = await aPatient();
    await using server = await testServer(() => undefined);
    await mkdir(patient.data, { mode: 0o700 });
    await writeServerInfo(patient.data, "api", { url: `${server.url}/`, pid: process.pid });
    const env = { PORT: new URL(server.url).port };

    const { stdout } = await patient.doctor([], { env, columns: 200 });

    expect(stdout).toContain(`✗ Server        ${server.url} (process ${process.pid}) does not answer`);
    expect(stdout).toMatch(/✓ Port .* is in use, which is right/);
  });

  test.skipIf(process.platform !== "linux")(
    "tells of a data folder in memory what to do, and is content",
    async () => {
      await using folder = await tempFolder("/dev/shm");
      await using patient = await aPatient();
      const env = { HOOKWELL_DATA: join(folder.path, "to-be-made") };

      const { code, stdout } = await patient.doctor([], { env, columns: 200 });

      expect(code).toBe(0);
      expect(stdout).toMatch(
        /! Data folder .*to-be-made is in memory: a restart .* loses the events in it\.\n +→ Name/,
      );
      expect(stdout).toMatch(/✓ Queue .*: In this machine's memory \(tmpfs\): survives/);
    },
  );

  test("names a receiver that has another certificate than its file, and whose port another program has", async () => {
    await using patient = await aPatient();
    await mkdir(patient.data, { mode: 0o700 });
    const had = await makeCertificate(patient.data, "had", 90);
    const renewed = await makeCertificate(patient.data, "renewed", 90);
    await using server = await httpsServer(had);
    await using stranger = await testServer((_, response) => response.end("{}"));
    await writeServerInfo(patient.data, "webhook", { url: `${server.url}/`, pid: process.pid });
    const doctor = async (port: string) => {
      const env = { PORT: port, HOOKWELL_TLS_CERT: renewed.cert, HOOKWELL_TLS_KEY: renewed.key };
      return patient.doctor([], { env, columns: 300 });
    };

    const own = await doctor(new URL(server.url).port);
    const other = await doctor(new URL(stranger.url).port);

    expect([own.code, other.code]).toEqual([1, 1]);
    expect(own.stdout).toMatch(/✗ Server .*takes events at .* with another certificate than/);
    expect(own.stdout).toContain(`send SIGHUP to process ${process.pid}`);
    expect(own.stdout).toMatch(/✓ Port .* is in use, which is right/);
    expect(other.stdout).toMatch(/✗ Port .* is in use by another program/);
  });

  test("looks at an engine that is named from here, whatever a running server has", async () => {
    await using patient = await aPatient();
    await patient.api.settled("handled");
    await using server = await testServer(async (request, response) => {
      if (request.url === "/readyz") return response.end('{"parts":{"queue":"ok","ledger":"ok"}}');
      const answer = await patient.api.api.fetch(new Request(`http://localhost${request.url}`));
      return response.end(await answer.text());
    });
    await mkdir(patient.data, { mode: 0o700 });
    await writeServerInfo(patient.data, "api", { url: `${server.url}/`, pid: 1 });
    const nobody = `127.0.0.1:${await freePort()}`;

    const { code, stdout } = await patient.doctor(["--queue", `amqp://${nobody}`], {
      env: { PORT: new URL(server.url).port, HOOKWELL_TOKEN: "a-token-that-is-long-enough-0123456789" },
      columns: 200,
    });

    expect(code).toBe(1);
    expect(stdout).toContain(`✗ Queue         amqp://${nobody} (HOOKWELL_QUEUE) cannot be used now`);
    expect(stdout).toContain("✓ Ledger        memory");
    expect(stdout).toContain(`✓ Stores        ${server.url}: 1 event kept, 0 waiting`);
  });

  test.each([
    ["http://127.0.0.1:1", "http://127.0.0.1:1 does not answer: no server listens there."],
    ["localhost:3000", '--server is "localhost:3000": write a URL such as https://hooks.example.com.'],
  ])("says why the server %s cannot be asked, as other commands do", async (server, says) => {
    await using patient = await aPatient();

    const { code, stdout } = await patient.doctor(["--server", server]);

    expect(code).toBe(1);
    expect(stdout).toContain(`✗ Server        ${says}`);
  });

  test("says if another program has the port", async () => {
    await using patient = await aPatient();
    await using server = await testServer((_, response) => response.end());

    const { code, stdout } = await patient.doctor([], { env: { PORT: new URL(server.url).port } });

    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ Port {10}\d+ on 127\.0\.0\.1 is in use by another program\./);
  });

  test.each([
    ["redis", "HOOKWELL_QUEUE"],
    ["amqp", "HOOKWELL_QUEUE"],
    ["nats", "HOOKWELL_QUEUE"],
    ["postgres", "HOOKWELL_QUEUE"],
    ["postgres", "HOOKWELL_LEDGER"],
  ] as const)(
    "names a %s server of %s that is away, before the first start, with the cure",
    async (scheme, setting) => {
      await using patient = await aPatient();
      await mkdir(patient.data, { mode: 0o700 });
      const where = `127.0.0.1:${await freePort()}`;
      const flag = setting === "HOOKWELL_QUEUE" ? "--queue" : "--ledger";

      const { code, stdout } = await patient.doctor([flag, `${scheme}://me:hunter2@${where}`], {
        columns: 200,
      });

      expect(code).toBe(1);
      expect(stdout).toContain(
        `${scheme}://me@${where} (${setting}) cannot be used now: nothing listens there.`,
      );
      expect(stdout).toContain("→ Start the server, or correct host and port.");
      expect(stdout).not.toMatch(/hunter2|Stores/);
    },
  );

  test("knows our own receiver at the port, which leaves no note in the folder", async () => {
    await using patient = await aPatient();
    await using server = await testServer((_, response) =>
      response.end('{"status":"ok","parts":{"queue":"ok"}}'),
    );

    const { code, stdout } = await patient.doctor([], { env: { PORT: new URL(server.url).port } });

    expect(code).toBe(0);
    expect(stdout).toContain(`✓ Engines       queue of ${server.url} answers`);
    expect(stdout).toContain(`✓ Port          Hookwell runs at ${server.url}`);
  });

  test("tells of events that wait on the disk of a receiver", async () => {
    await using patient = await aPatient();
    await using server = await testServer((_, response) =>
      response.end('{"status":"ok","parts":{"queue":"spilling"}}'),
    );

    const { code, stdout } = await patient.doctor([], {
      env: { PORT: new URL(server.url).port },
      columns: 200,
    });

    expect(code).toBe(0);
    expect(stdout).toContain(`! Engines       ${server.url} keeps events on its disk`);
  });

  test("tells of events that a receiver has left on its disk", async () => {
    await using patient = await aPatient();
    const env = { HOOKWELL_QUEUE: `redis://127.0.0.1:${await freePort()}` };
    const options = { leaseMs: 30_000, highWater: 10, spill: true };
    const queue = await openQueue(env.HOOKWELL_QUEUE, patient.data, options);
    await queue.put([aMessage({ eventId: "e1" }), aMessage({ eventId: "e2" })]);

    const whileItLives = await patient.doctor([], { env });
    await queue.close();
    const { stdout } = await patient.doctor([], { env, columns: 400 });

    expect(whileItLives.stdout).not.toContain("no receiver");
    expect(stdout).toContain(
      `! Queue         2 events on this machine, and no receiver that forwards them.\n                → They wait in ${patient.data} for a server`,
    );
    await writeFile(join(patient.data, "spill-0.db"), "no database");
    const damaged = await patient.doctor([], { env, columns: 400 });
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toMatch(/✗ Queue .*spill-0\.db cannot be used/);
  });

  test("says why the server of the queue takes nothing, though what runs here can tell of it", async () => {
    await using patient = await aPatient();
    await using server = await aServer(patient, "spilling");
    await mkdir(patient.data, { mode: 0o700 });
    await writeServerInfo(patient.data, "api", { url: `${server.url}/`, pid: 1 });
    const queue = `redis://127.0.0.1:${await freePort()}`;

    const { code, stdout } = await patient.doctor([], {
      env: { HOOKWELL_QUEUE: queue, HOOKWELL_TOKEN: "t" },
    });

    expect(code).toBe(1);
    expect(stdout).toContain("keeps events on its disk");
    expect(stdout).toContain(
      `✗ Queue         ${queue} (HOOKWELL_QUEUE) cannot be used now: nothing listens there.`,
    );
    expect(stdout).not.toContain("✓ Queue");
  });

  test("tells of a receiver whose server is away, also before anything waits on its disk", async () => {
    await using patient = await aPatient();
    await using server = await testServer((_, response) =>
      response.end('{"status":"ok","parts":{"queue":"away"}}'),
    );

    const { code, stdout } = await patient.doctor([], {
      env: { PORT: new URL(server.url).port },
      columns: 200,
    });

    expect(code).toBe(0);
    expect(stdout).toContain(`! Engines       The queue server of ${server.url} does not answer`);
  });

  test("says if the clock cannot be right", async () => {
    await using patient = await aPatient();

    const { code, stdout } = await patient.doctor([], { now: 0 });

    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("✗ Clock         It says that the year is 1970."),
    ]);
  });

  test("says if a certificate cannot be read", async () => {
    await using patient = await aPatient();
    await writeFile(join(patient.path, "cert.pem"), "no certificate");

    const gone = await patient.doctor([], {
      env: { HOOKWELL_TLS_CERT: "gone.pem", HOOKWELL_TLS_KEY: "key.pem" },
    });
    const broken = await patient.doctor([], {
      env: { HOOKWELL_TLS_CERT: "cert.pem", HOOKWELL_TLS_KEY: "key.pem" },
    });

    expect(gone.stdout).toMatch(/✗ TLS +The certificate .*gone\.pem cannot be read\./);
    expect(broken.stdout).toMatch(/✗ TLS +.*cert\.pem is not a certificate in PEM form\./);
  });

  test("gives one JSON object per check for programs", async () => {
    await using patient = await aPatient();

    const { stdout } = await patient.doctor(["--json"]);

    const checks = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(checks[0]).toEqual({ level: "ok", topic: "Node", says: process.version });
  });
});
