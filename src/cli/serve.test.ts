import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type CliWorld, type RunningCli, startCli } from "../../test/support/program/cli.ts";
import type { Created, RunningApp, StartOptions } from "../app.ts";
import { eventually } from "../testing/eventually.ts";

interface App {
  readonly options: StartOptions[];
  readonly closed: PromiseWithResolvers<void>;
  closes: number;
  reloads: number;
  readonly start: (options: StartOptions) => Promise<RunningApp>;
  readonly run: (argv: readonly string[], world?: Partial<CliWorld>) => Promise<RunningCli>;
}

/** An app that only remembers what it was asked for. */
function anApp(created: readonly Created[] = []): App {
  const startApp = async (options: StartOptions): Promise<RunningApp> => {
    app.options.push(options);
    for (const made of created) options.onCreated(made);
    options.onListening?.();
    return {
      url: "http://127.0.0.1:4000/",
      closed: app.closed.promise,
      close: async () => void (app.closes += 1),
      reload: async () => void (app.reloads += 1),
    };
  };
  const app: App = {
    options: [],
    closed: Promise.withResolvers<void>(),
    closes: 0,
    reloads: 0,
    start: startApp,
    run: async (argv, world = {}) => {
      const running = startCli(argv, { cwd: tmpdir(), startApp, ...world });
      await eventually(() => expect(running.listeners("SIGHUP")).toBe(1));
      return running;
    },
  };
  return app;
}

describe("starting", () => {
  test("passes the settings of flags and environment on", async () => {
    const app = anApp();

    const running = await app.run(["process", "--port", "4000", "--backoff-min", "2s"], {
      env: { HOST: "::1" },
    });

    expect(app.options).toMatchObject([
      { parts: "process", config: { port: 4_000, host: "::1", backoffMin: 2_000 } },
    ]);
    app.closed.resolve();
    expect(await running.exit).toBe(0);
  });

  test("tells a person where it listens, and shows new secrets once", async () => {
    const app = anApp([{ secret: "the-new-secret" }, { token: "the-new-token" }]);

    const running = await app.run(["serve", "--path", "/hooks"], { columns: 80 });

    expect(running.stderr()).toContain("Webhook     http://127.0.0.1:4000/hooks");
    expect(running.stderr()).toContain("API         http://127.0.0.1:4000/api/v1");
    expect(running.stderr()).toMatch(/New secret, shown only now: .*\n {4}the-new-secret\n\n {2}New token/);
    expect(running.stderr()).toMatch(/, shown only now\n {4}the-new-token\n\n {2}Hookwell/);
    expect(running.stdout()).toBe("");
    app.closed.resolve();
    await running.exit;
  });

  test("shows what is new at once, since the start may end before it is ready", async () => {
    const startApp = ({ onCreated }: StartOptions): Promise<never> => {
      onCreated({ secret: "the-new-secret" });
      return new Promise(() => undefined);
    };

    const running = startCli(["serve"], { cwd: tmpdir(), startApp });

    await eventually(() => expect(running.stderr()).toContain("the-new-secret"));
  });

  test("says little where nobody looks, but shows what is new there too", async () => {
    const quiet = await anApp().run(["serve"]);
    const first = await anApp([{ token: "the-new-token" }]).run(["serve"]);

    expect(quiet.stderr()).toBe("");
    expect(first.stderr()).toContain("the-new-token");
    for (const running of [quiet, first]) {
      running.signal("SIGTERM");
      running.signal("SIGINT");
      await running.exit;
    }
  });

  test.for([
    ["receive", "--ledger", "postgres://me:hush@two/database", "hookwell process"],
    ["process", "--path", "/hooks", "hookwell receive"],
  ] as const)("%s takes %s, which the other half reads, and says so", async ([parts, flag, value, other]) => {
    const app = anApp();

    const running = await app.run([parts, flag, value]);

    expect(JSON.parse(running.stderr())).toMatchObject({
      fact: "config.warning",
      warning: `${flag} has no effect here: ${other} reads it.`,
    });
    app.closed.resolve();
    expect(await running.exit).toBe(0);
    const help = startCli([parts, "--help"], { cwd: tmpdir() });
    expect(await help.exit).toBe(0);
    expect(help.stdout()).not.toContain(`${flag} `);
  });

  test("shows which servers it works with, without their passwords", async () => {
    const app = anApp();
    const argv = [
      "--queue",
      "redis://me:hush@one?name=orders",
      "--ledger",
      "postgres://me:hush@two/database",
    ];

    const running = await app.run(["process", ...argv], { columns: 80 });

    expect(running.stderr()).toContain("Queue       redis://me@one?name=orders\n");
    expect(running.stderr()).toContain("Ledger      postgres://me@two/database\n");
    expect(running.stderr()).not.toContain("hush");
    app.closed.resolve();
    await running.exit;
  });

  test("warns of weak settings without showing them", async () => {
    const app = anApp();

    const terminal = await app.run(["serve"], { columns: 60, env: { HOOKWELL_SECRET: "hushhush" } });
    const pipe = await app.run(["serve"], { env: { HOOKWELL_SECRET: "hushhush" } });

    expect(terminal.stderr()).toContain("! HOOKWELL_SECRET has 8 characters");
    expect(terminal.stderr()).toMatch(/! HOOKWELL_SECRET has 8 characters[^\n]+\n {2}[^\n]*recommended\.\n/);
    expect(JSON.parse(pipe.stderr())).toMatchObject({ level: "warn", fact: "config.warning" });
    expect(terminal.stderr() + pipe.stderr()).not.toContain("hushhush");
    app.closed.resolve();
    await Promise.all([terminal.exit, pipe.exit]);
  });
});

describe("stopping", () => {
  afterEach(() => void vi.useRealTimers());

  test.for(["SIGINT", "SIGTERM", "SIGPIPE"] as const)(
    "%s closes the app, which ends with 0",
    async (signal) => {
      const app = anApp();
      const running = await app.run(["serve"]);

      running.signal(signal);
      app.closed.resolve();

      expect(await running.exit).toBe(0);
      expect(app.closes).toBe(1);
      expect(running.listeners(signal)).toBe(0);
    },
  );

  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a second signal, %s, ends at once with %i", async ([signal, code]) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const app = anApp();
    const running = await app.run(["serve"]);

    running.signal("SIGTERM");
    vi.advanceTimersByTime(500);
    running.signal(signal);

    expect(await running.exit).toBe(code);
    expect(app.closes).toBe(1);
  });

  test("the same signal again at once is no second one: who started it passes on what the terminal sends to both", async () => {
    const app = anApp();
    const running = await app.run(["serve"]);

    running.signal("SIGINT");
    running.signal("SIGINT");
    const early = await Promise.race([running.exit, sleep(50, "not yet" as const)]);
    running.signal("SIGTERM");

    expect([early, await running.exit, app.closes]).toEqual(["not yet", 143, 1]);
  });

  test("a reader that goes away during a stop, as one that the same Ctrl-C ends, cuts nothing off", async () => {
    const app = anApp();
    const running = await app.run(["serve"]);

    running.signal("SIGINT");
    running.signal("SIGPIPE");
    app.closed.resolve();

    expect(await running.exit).toBe(0);
    expect(app.closes).toBe(1);
  });

  test("a signal that comes when a reader has gone before is the first one, and cuts nothing off; the next one does", async () => {
    const app = anApp();
    const running = await app.run(["serve"]);

    running.signal("SIGPIPE");
    running.signal("SIGINT");
    const early = await Promise.race([running.exit, sleep(50, "not yet" as const)]);
    running.signal("SIGTERM");

    expect([early, await running.exit, app.closes]).toEqual(["not yet", 143, 1]);
  });

  test("a signal that comes when it listens closes the app once it has started, and ends with 0", async () => {
    const app = anApp();
    const started = Promise.withResolvers<void>();
    const running = startCli(["serve"], {
      cwd: tmpdir(),
      startApp: async (options) => {
        options.onListening?.();
        await started.promise;
        return app.start(options);
      },
    });
    await eventually(() => expect(running.listeners("SIGTERM")).toBe(1));

    running.signal("SIGHUP");
    running.signal("SIGTERM");
    started.resolve();
    app.closed.resolve();

    expect(await running.exit).toBe(0);
    expect([app.reloads, app.closes]).toEqual([1, 1]);
  });

  test("a signal that comes before it listens ends it at once: nothing is under way", async () => {
    const startApp = (): Promise<never> => new Promise(() => undefined);
    const running = startCli(["serve"], { cwd: tmpdir(), startApp });
    await eventually(() => expect(running.listeners("SIGTERM")).toBe(1));

    running.signal("SIGTERM");

    expect(await running.exit).toBe(143);
  });

  test("a second signal ends a start that hangs", async () => {
    const startApp = ({ onListening }: StartOptions): Promise<never> => {
      onListening?.();
      return new Promise(() => undefined);
    };
    const running = startCli(["serve"], { cwd: tmpdir(), startApp });
    await eventually(() => expect(running.listeners("SIGTERM")).toBe(1));

    running.signal("SIGTERM");
    running.signal("SIGINT");

    expect(await running.exit).toBe(130);
  });

  test("SIGHUP reloads and goes on", async () => {
    const app = anApp();
    const running = await app.run(["serve"]);

    running.signal("SIGHUP");
    running.signal("SIGHUP");

    await eventually(() => expect(app.reloads).toBe(2));
    app.closed.resolve();
    expect(await running.exit).toBe(0);
  });

  test("a part that breaks down ends it with 1", async () => {
    const app = anApp();
    const running = await app.run(["serve"]);

    app.closed.reject(new Error("the disk is gone"));

    expect(await running.exit).toBe(1);
    expect(running.stderr()).toContain("the disk is gone");
  });
});
