import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configFolder, problemsOf } from "../../test/support/program/config-folder.ts";

const folder = configFolder();
const { load, write } = folder;

describe("where a setting comes from", () => {
  test("without any source the defaults hold, and paths are absolute", async () => {
    const config = await load();

    expect(config).toMatchObject({
      port: 3_000,
      host: "127.0.0.1",
      path: "/",
      queue: "sqlite:",
      token: null,
    });
    expect(config).toMatchObject({
      concurrency: 16,
      bodyLimit: 16_777_216,
      data: join(folder.path, ".hookwell"),
    });
    expect(config).toMatchObject({ secrets: [], handlers: {}, families: {}, warnings: [], configFile: null });
  });

  test("flags win over the environment, which wins over the file", async () => {
    await write("hookwell.config.json", '{ "port": 1, "host": "a", "maxAttempts": 3 }');

    const config = await load({ env: { PORT: "2", HOST: "b" }, flags: { port: "3" } });

    expect(config).toMatchObject({ port: 3, host: "b", maxAttempts: 3 });
    expect(config.configFile).toBe(join(folder.path, "hookwell.config.json"));
  });

  test("an empty variable is not set", async () => {
    const config = await load({ env: { PORT: "", HOOKWELL_QUEUE: "", HOOKWELL_CONFIG: "" } });

    expect(config).toMatchObject({ port: 3_000, queue: "sqlite:", configFile: null });
  });

  test("null in a file is not set", async () => {
    await write("hookwell.config.json", '{ "port": null, "queue": null, "secrets": null, "handlers": null }');

    const config = await load();

    expect(config).toMatchObject({ port: 3_000, queue: "sqlite:", secrets: [], handlers: {} });
  });

  test("sizes, times and days may carry a unit", async () => {
    const env = { HOOKWELL_BODY_LIMIT: "500kb", HOOKWELL_HANDLER_TIMEOUT: "2m", HOOKWELL_RETENTION: "60d" };

    const config = await load({ env });

    expect(config).toMatchObject({ bodyLimit: 512_000, handlerTimeout: 120_000, retention: 60 });
  });

  test("options stand in the place of a file, which is not looked for", async () => {
    await write("hookwell.config.json", '{ "concurrency": 0 }');

    const config = await load({ options: { maxAttempts: 3 } });

    expect(config).toMatchObject({ concurrency: 16, maxAttempts: 3, configFile: null });
  });

  test.each(["off", "OFF"])("%s ends the event log, and is no file of that name", async (eventLog) => {
    const config = await load({ flags: { eventLog } });

    expect(config.eventLog).toBeNull();
  });

  test("a path in a file begins at that file, and one that nobody wrote in the working folder", async () => {
    await write("elsewhere.json", '{ "data": "events" }');
    await write("nothing.json", "{}");

    const [data, usual] = await Promise.all(
      ["elsewhere.json", "nothing.json"].map(async (name) => {
        const env = { HOOKWELL_CONFIG: join(folder.path, name) };
        return (await load({ env, cwd: tmpdir() })).data;
      }),
    );

    expect(data).toBe(join(folder.path, "events"));
    expect(usual).toBe(join(tmpdir(), ".hookwell"));
  });
});

describe("mistakes", () => {
  test("are reported all at once, each as the person wrote it", async () => {
    await write(
      "hookwell.config.json",
      JSON.stringify({
        maxAtempts: 3,
        retention: 1,
        handlers: { "*.x": 1 },
        families: { "a.*": { id: [], state: 1 } },
      }),
    );

    const problems = await problemsOf(
      load({
        env: {
          PORT: "http",
          HOOKWELL_QUEUE: "kafka://user:hidden@host",
          HOOKWELL_LEDGER: "postgres://user:hidden@host?sslmode=on",
          HOOKWELL_TLS_CERT: "cert.pem",
        },
        flags: { concurrency: "0", path: "/metrics" },
      }),
    );

    expect(problems).toEqual([
      'PORT is "http": write a whole number from 0 to 65,535.',
      expect.stringMatching(
        /^--path is "\/metrics": write a path that begins with a single \/.* and is not one of our own/,
      ),
      expect.stringMatching(/^HOOKWELL_QUEUE is not usable: write a URL: sqlite: .*, amqp:.*, nats:/),
      expect.stringMatching(
        /^HOOKWELL_LEDGER is not usable: .* this one has a \?sslmode= that is not disable/,
      ),
      '--concurrency is "0": write a whole number from 1 to 1,000.',
      "retention in hookwell.config.json is 1: write days from 7 to 36,500.",
      "HOOKWELL_TLS_CERT is set without its key: set tlsKey, HOOKWELL_TLS_KEY or --tls-key too.",
      "maxAtempts in hookwell.config.json is not a setting. Did you mean maxAttempts?",
      expect.stringContaining('"*.x" in handlers of hookwell.config.json is not a pattern'),
      expect.stringContaining('handlers["*.x"] in hookwell.config.json is not a function'),
      expect.stringContaining('families["a.*"].id in hookwell.config.json is not usable'),
      expect.stringContaining('families["a.*"].state in hookwell.config.json is not usable'),
    ]);
    expect(problems.join()).not.toContain("hidden");
  });

  test("a value is told in short, and one that is no text or figure not at all", async () => {
    await write("hookwell.config.json", '{ "spill": true, "host": { "hush": 1 } }');

    const problems = await problemsOf(load({ env: { PORT: "9".repeat(1_000) } }));

    expect(problems).toEqual([
      expect.stringMatching(/^PORT is "9{99}: write/),
      expect.stringMatching(/^host in hookwell.config.json is not usable: write/),
      "spill in hookwell.config.json is true: write one of on, off.",
    ]);
  });

  test.for([
    ["--config", { flags: { configFile: " " } }],
    ["HOOKWELL_CONFIG", { env: { HOOKWELL_CONFIG: " " } }],
  ] as const)("a %s that names no file is a mistake", async ([name, sources]) => {
    expect(await problemsOf(load(sources))).toEqual([`${name} is empty: write the path of a file.`]);
  });

  test("an address that stands in the wrong place is told without its password", async () => {
    const address = 'redis://me:hid"den@host';
    const problems = await problemsOf(
      load({ env: { PORT: address, HOST: address, HOOKWELL_DATA: address, HOOKWELL_EVENT_LOG: address } }),
    );

    expect(problems).toEqual([
      'PORT is "redis://…@host": write a whole number from 0 to 65,535.',
      expect.stringMatching(/^HOST is "redis:\/\/…@host": write an address/),
      'HOOKWELL_DATA is "redis://…@host": write the path of a folder.',
      'HOOKWELL_EVENT_LOG is "redis://…@host": write the path of a file, or off.',
    ]);
  });

  test("a certificate and a key need each other", async () => {
    const problems = [
      ...(await problemsOf(load({ flags: { tlsCert: "cert.pem" } }))),
      ...(await problemsOf(load({ flags: { tlsKey: "key.pem" } }))),
    ];

    expect(problems).toEqual([
      expect.stringContaining(
        "--tls-cert is set without its key: set tlsKey, HOOKWELL_TLS_KEY or --tls-key too.",
      ),
      expect.stringContaining("--tls-key is set without its certificate: set tlsCert, HOOKWELL_TLS_CERT or"),
    ]);
  });

  test("what a file cannot set is a mistake there", async () => {
    await write("hookwell.config.json", '{ "secret": "hush", "configFile": "other.json" }');

    expect(await problemsOf(load())).toEqual([
      "secret in hookwell.config.json is not a setting. Did you mean secrets?",
      "configFile in hookwell.config.json is not a setting. Remove it.",
    ]);
  });

  test("a broken file does not hide a wrong flag", async () => {
    await write("hookwell.config.json", "{");

    const problems = await problemsOf(load({ flags: { port: "x" } }));

    expect(problems).toHaveLength(2);
  });

  test.for(["sqlite:?name=orders", "memory:?a=1", "sqlite", "kafka://x", "redis://x?db=1"])(
    "%s is no engine",
    async (queue) => {
      const problems = await problemsOf(load({ flags: { queue } }));

      expect(problems).toEqual([expect.stringMatching(/^--queue is not usable: write /)]);
    },
  );

  test.for([Number.NaN, Number.POSITIVE_INFINITY])("the number %s is told as such", async (concurrency) => {
    const problems = await problemsOf(load({ options: { concurrency } }));

    expect(problems).toEqual([
      `concurrency in the options is ${concurrency}: write a whole number from 1 to 1,000.`,
    ]);
  });

  test("a handler that is undefined is one, since nothing else would tell that its events are not handled", async () => {
    const problems = await problemsOf(load({ options: { handlers: { "message.sent": undefined } } }));

    expect(problems).toEqual([
      'handlers["message.sent"] in the options is undefined: write a function, or leave it out.',
    ]);
  });

  test("a shortest wait above the longest is a mistake", async () => {
    const problems = await problemsOf(load({ flags: { backoffMin: "5s", backoffMax: "1s" } }));

    expect(problems[0]).toContain("--backoff-min is 5000 ms, more than --backoff-max with 1000 ms");
    expect(await load({ flags: { backoffMin: "1s", backoffMax: "1s" } })).toMatchObject({
      backoffMin: 1_000,
    });
  });

  test("settings that do not fit together are named as they were written, wherever that was", async () => {
    const file = { tlsCert: "cert.pem", backoffMin: "1h", queue: "sqlite:one.db", ledger: "sqlite:one.db" };
    await write("hookwell.config.json", JSON.stringify(file));

    const problems = await problemsOf(load({ env: { HOOKWELL_BACKOFF_MAX: "1s" } }));

    expect(problems).toEqual([
      expect.stringMatching(/^tlsCert in hookwell.config.json is set without its key/),
      expect.stringMatching(
        /^backoffMin in hookwell.config.json is 3600000 ms, more than HOOKWELL_BACKOFF_MAX with/,
      ),
      expect.stringMatching(/^queue in hookwell.config.json and ledger in hookwell.config.json are both /),
    ]);
  });

  test.for([
    { queue: "sqlite:one.db", ledger: "sqlite:./one.db" },
    { queue: "sqlite:", ledger: "sqlite:/data/of/it/queue.db" },
  ])("one file for queue and ledger is a mistake: %o", async ({ queue, ledger }) => {
    const problems = await problemsOf(load({ flags: { data: "/data/of/it", queue, ledger } }));

    expect(problems).toEqual([expect.stringMatching(/^--queue and --ledger are both .*\.db:/)]);
  });

  test("an unknown variable of ours is only a warning", async () => {
    const ofCommands = { HOOKWELL_SERVER: "http://x", HOOKWELL_API_TOKEN: "x" };

    const config = await load({ env: { HOOKWELL_RETENTON: "60", ...ofCommands } });

    expect(config.warnings).toEqual([
      "HOOKWELL_RETENTON in the environment is not a setting. Did you mean HOOKWELL_RETENTION?",
    ]);
  });

  test("an unknown variable of ours is told beside a mistake", async () => {
    const problems = await problemsOf(load({ env: { PORT: "http", HOOKWELL_TLS_CRT: "cert.pem" } }));

    expect(problems).toEqual([
      expect.stringContaining('PORT is "http"'),
      "HOOKWELL_TLS_CRT in the environment is not a setting. Did you mean HOOKWELL_TLS_CERT?",
    ]);
  });

  test.each([
    ["HOOKWELL_PORT", " Did you mean PORT?"],
    ["HOOKWELL_HOST", " Did you mean HOST?"],
    ["HOOKWELL_LEGDER", " Did you mean HOOKWELL_LEDGER?"],
    ["HOOKWELL_LOG", ""],
  ])("what all variables begin with does not tell which one was meant: %s", async (name, question) => {
    const { warnings } = await load({ env: { [name]: "x" } });

    expect(warnings).toEqual([`${name} in the environment is not a setting.${question}`]);
  });

  test("a receiver whose table of handlers came out empty is warned of, and one without a table is not", async () => {
    const { warnings } = await load({ options: { handlers: {} } });

    expect(warnings).toEqual([
      "handlers in the options has none: events are only received, and wait for a process that has some.",
    ]);
    expect((await load({ options: {} })).warnings).toEqual([]);
    expect((await load({ env: {} })).warnings).toEqual([]);
  });

  test("a handler, or a rule, for a known event with a slip in its name is only a warning, and one for others is none", async () => {
    const names = ["mesage.sent", "profil.*", "message.*", "message.f*", "order.shipped", "*"];
    const handlers = Object.fromEntries(names.map((name) => [name, () => undefined]));

    const families = Object.fromEntries(names.map((name) => [name, { id: ["payload.id"], state: null }]));

    const { warnings } = await load({ options: { handlers, families } });

    expect(warnings).toEqual([
      'handlers["mesage.sent"] in the options matches no known event. Did you mean message.sent?',
      'handlers["profil.*"] in the options matches no known event. Did you mean profile.*?',
      'families["mesage.sent"] in the options matches no known event. Did you mean message.sent?',
      'families["profil.*"] in the options matches no known event. Did you mean profile.*?',
    ]);
  });
});

describe("secrets", () => {
  const long = "0123456789abcdef0123456789abcdef0123";

  test("come from the environment, named after their variable, and from the file", async () => {
    await write(
      "hookwell.config.json",
      JSON.stringify({ secrets: { default: "lost to the variable", third: long } }),
    );

    const config = await load({
      env: { HOOKWELL_SECRET: long, HOOKWELL_SECRET_NEXT_1: `${long}!`, HOOKWELL_SECRET_GONE: undefined },
    });

    expect(config.secrets).toEqual([
      { name: "default", value: long, writtenAs: "HOOKWELL_SECRET" },
      { name: "next_1", value: `${long}!`, writtenAs: "HOOKWELL_SECRET_NEXT_1" },
      { name: "third", value: long, writtenAs: "secrets.third in hookwell.config.json" },
    ]);
  });

  test("that cannot be right are mistakes which do not show them", async () => {
    const env = {
      HOOKWELL_SECRET: "",
      HOOKWELL_SECRET_A: ` ${long}`,
      HOOKWELL_SECRET_: long,
      HOOKWELL_SECRET_DEFAULT: long,
      HOOKWELL_SECRET_NEW: long,
      HOOKWELL_SECRET_new: `${long}!`,
      HOOKWELL_TOKEN: "",
    };

    const problems = await problemsOf(load({ env }));

    expect(problems).toEqual([
      "HOOKWELL_TOKEN is empty: write a token of printable ASCII characters, with no space at its ends.",
      'HOOKWELL_SECRET and HOOKWELL_SECRET_DEFAULT both name the secret "default": keep one of them.',
      'HOOKWELL_SECRET_NEW and HOOKWELL_SECRET_new both name the secret "new": keep one of them.',
      "HOOKWELL_SECRET is empty: write the secret that is set at the sender.",
      expect.stringContaining("HOOKWELL_SECRET_A has white space at its beginning or end"),
      expect.stringContaining("HOOKWELL_SECRET_ has an unusable name"),
    ]);
    expect(problems.join()).not.toContain(long);
  });

  test.each([` ${long}`, `${long} `, "t\u00f6ken-of-this-api", "\u2013dash"])(
    "a token that no client can send is a mistake: %j",
    async (token) => {
      const problems = await problemsOf(load({ env: { HOOKWELL_TOKEN: token } }));

      expect(problems).toEqual([
        "HOOKWELL_TOKEN is not usable: write a token of printable ASCII characters, with no space at its ends.",
      ]);
    },
  );

  test("that are short are a warning", async () => {
    const env = { HOOKWELL_SECRET: "short", HOOKWELL_SECRET_LONGER: long.slice(0, 16) };

    const config = await load({ env });

    expect(config.warnings).toEqual([
      "HOOKWELL_SECRET has 5 characters: at least 16 are advised, 36 recommended.",
    ]);
  });

  test.each([
    ["a-short-token-1", ["The token of the API has 15 characters: at least 16 are advised."]],
    ["a-longer-token-2", []],
  ])("%s is a token of which is warned if it could be guessed", async (token, warnings) => {
    expect((await load({ env: { HOOKWELL_TOKEN: token } })).warnings).toEqual(warnings);
  });
});
