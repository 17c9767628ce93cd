import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CliWorld, type Finished, runCli, startCli } from "../../../test/support/program/cli.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { readSecrets } from "../../config/secrets/secrets.ts";
import { createSandbox, type Sandbox, sandboxApp, virtualClock } from "../../sandbox/index.ts";
import { eventually } from "../../testing/eventually.ts";

interface Sender extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly path: string;
  readonly data: string;
  readonly world: CliWorld;
  readonly webhooks: (line: string, world?: Partial<CliWorld>) => Promise<Finished>;
}

/** A sandbox in this process, and commands that ask it. */
async function aSender(): Promise<Sender> {
  const folder = await tempFolder();
  const sandbox = createSandbox({ clock: virtualClock() });
  const app = sandboxApp(sandbox);
  const { token, apiSpaceId } = sandbox.credentials;
  const world: CliWorld = {
    cwd: folder.path,
    env: {
      HOOKWELL_API: "http://127.0.0.1:4010",
      HOOKWELL_API_TOKEN: token,
      HOOKWELL_API_SPACE: apiSpaceId,
    },
    fetch: (request) => app.fetch(request),
  };
  return {
    sandbox,
    path: folder.path,
    data: join(folder.path, ".hookwell"),
    world,
    webhooks: (line, changed = {}) => runCli(["webhooks", ...line.split(" ")], { ...world, ...changed }),
    [Symbol.asyncDispose]: async () => {
      await sandbox.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const target = "--url https://hooks.example.com/ --name orders";
const registered = ({ sandbox }: Sender) => sandbox.webhooks.list()[0];

describe("webhooks create", () => {
  test("stores the secret here, and registers the same one for the events that were meant", async () => {
    await using sender = await aSender();

    const { code, stdout, stderr } = await sender.webhooks(
      `create ${target} --events message.*,profile.create --batch 100 --batch-timeout 5 --generate-secret`,
    );

    const [secret] = await readSecrets(sender.data);
    const webhook = registered(sender)?.webhook;
    expect([code, stderr]).toEqual([0, expect.stringContaining('signed with the secret "orders"')]);
    expect(webhook).toMatchObject({
      name: "orders",
      secret: secret?.value,
      maxBatchSize: 100,
      batchTimeout: 5,
    });
    expect(webhook?.subscriptions?.map(({ type }) => type)).toContain("message.sentRequest");
    expect(webhook?.subscriptions).toContainEqual({ type: "profile.create" });
    expect(stdout + stderr).not.toContain(secret?.value);
  });

  test("names a secret that was stored and not registered, and the commands that finish or undo it", async () => {
    await using sender = await aSender();
    const fetch: CliWorld["fetch"] = (request, init) =>
      request.method === "POST"
        ? Promise.resolve(
            Response.json(
              { validationFailures: [{ path: "$.url", message: "must be reachable" }] },
              { status: 400 },
            ),
          )
        : (sender.world.fetch?.(request, init) ?? Promise.reject(new Error("no sandbox")));

    const { code, stderr } = await sender.webhooks(`create ${target} --events * --generate-secret`, {
      fetch,
    });

    expect(code).toBe(1);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(
      'refuses the request (400): $.url: must be reachable. The secret "orders" is stored here and not registered. ' +
        "To finish: `hookwell webhooks create --url https://hooks.example.com/ --name orders --events '*' --secret-name orders`; " +
        "to undo: `hookwell secret retire orders`.",
    );
    expect(await readSecrets(sender.data)).toMatchObject([{ name: "orders" }]);
  });

  test("stores nothing if the credentials are wrong", async () => {
    await using sender = await aSender();
    const env = { ...sender.world.env, HOOKWELL_API_TOKEN: "wrong" };

    const { code, stderr } = await sender.webhooks(`create ${target} --events message.* --generate-secret`, {
      env,
    });

    expect([code, stderr]).toEqual([1, "✗ http://127.0.0.1:4010 does not know these credentials (401).\n"]);
    expect(await readSecrets(sender.data)).toEqual([]);
  });

  test("registers a name that the account does not offer, and says so", async () => {
    await using sender = await aSender();

    const { code, stderr } = await sender.webhooks(`create ${target} --events message.delivred,message.sent`);

    expect(code).toBe(0);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(
      '! The account does not offer "message.delivred". Did you mean message.delivered? !',
    );
    expect(registered(sender)?.webhook.subscriptions).toContainEqual({ type: "message.delivred" });
  });

  test.each([
    ["--events mesage.*", "is no event here. Did you mean message.*?"],
    ["--events profile.create --filter channel=sms", 'profile.create has no filter "channel": it has none.'],
    ["--events message.sent --filter sms", "write it like channel=sms"],
    ["--filter channel=sms", "--url and --events are needed."],
    ["--events message.sent --batch 0 --batch-timeout 3", "leave one out"],
    ["--events message.sent --secret-name nobody", 'There is no secret "nobody" here'],
  ])("refuses %s as wrong use", async (flags, says) => {
    await using sender = await aSender();

    const { code, stderr } = await sender.webhooks(`create ${target} ${flags}`);

    expect([code, stderr.replaceAll(/\s+/g, " ")]).toEqual([2, expect.stringContaining(says)]);
    expect(sender.sandbox.webhooks.list()).toEqual([]);
  });
});

describe("a registration", () => {
  test("is listed and shown without its secret", async () => {
    await using sender = await aSender();
    sender.sandbox.webhooks.create({
      name: "n",
      url: "https://u:hunter2@a.example/",
      secret: "hush hush hush",
    });
    const id = registered(sender)?.webhook.id ?? "";

    const answers = [
      await sender.webhooks("list"),
      await sender.webhooks("list --json"),
      await sender.webhooks(`show ${id}`, { columns: 80 }),
      await sender.webhooks(`show ${id} --json`),
    ];

    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(answers[0]?.stdout).toMatch(/^ID +NAME +URL +EVENTS/);
    expect(JSON.parse(answers[3]?.stdout ?? "")).toMatchObject({
      id,
      hasSecret: true,
      etag: registered(sender)?.etag,
    });
    expect(answers.map(({ stdout }) => stdout).join("")).not.toContain("hush");
  });

  test("is changed and deleted only as the version that is meant", async () => {
    await using sender = await aSender();
    sender.sandbox.webhooks.create({ name: "n", url: "https://a.example/", secret: "s", batch: true });
    const { webhook, etag } = registered(sender) ?? {};

    const changed = await sender.webhooks(`update ${webhook?.id} --name m --batch 0`);
    const stale = await sender.webhooks(`update ${webhook?.id} --name o --if-match ${etag}`);
    const kept = registered(sender)?.webhook;
    const gone = await sender.webhooks(`delete ${webhook?.id}`);
    const again = await sender.webhooks(`delete ${webhook?.id}`);

    expect([changed, stale, gone, again].map(({ code }) => code)).toEqual([0, 1, 0, 1]);
    expect(kept).toMatchObject({ name: "m", secret: "s", batch: false });
    expect(stale.stderr).toContain("was changed since that ETag (412)");
    expect(again.stderr).toContain(`has no registration "${webhook?.id}" (404).`);
    expect(sender.sandbox.webhooks.list()).toEqual([]);
  });
});

test("webhooks events tells what is new to Hookwell, and what the account does not have", async () => {
  await using sender = await aSender();
  const available = [{ type: "message.sent", filters: [{ name: "channel" }] }, { type: "session.start" }];
  const fetch: CliWorld["fetch"] = async () => Response.json(available);

  const { code, stdout } = await sender.webhooks("events --json", { fetch });

  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(code).toBe(0);
  expect(rows).toContainEqual({
    name: "message.sent",
    standing: "known",
    filters: ["channel"],
    description: "",
  });
  expect(rows).toContainEqual(expect.objectContaining({ name: "session.start", standing: "new" }));
  expect(rows).toContainEqual(expect.objectContaining({ name: "presence.away", standing: "absent" }));
});

test("webhooks events says so if nothing is new", async () => {
  await using sender = await aSender();

  const { code, stderr } = await sender.webhooks("events");

  expect([code, stderr]).toEqual([0, "Hookwell knows each event that the account offers.\n"]);
});

test("an API Space that is not there is named", async () => {
  await using sender = await aSender();
  const env = { ...sender.world.env, HOOKWELL_API_SPACE: "elsewhere" };

  const answers = [await sender.webhooks("list", { env }), await sender.webhooks("events", { env })];

  const says = '✗ http://127.0.0.1:4010 has no API Space "elsewhere" (404).\n';
  expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual([
    [1, says],
    [1, says],
  ]);
});

test("webhooks templates lists the groups of the service", async () => {
  await using sender = await aSender();

  const { stdout } = await sender.webhooks("templates");

  expect(stdout).toMatch(/^Message and Profile events +message\.sent .*profile\.create/m);
});

describe("credentials", () => {
  const none = { HOOKWELL_API_TOKEN: "", HOOKWELL_API_SPACE: "" };

  test("may be in files, and a user asks in the form of a region", async () => {
    await using sender = await aSender();
    await writeFile(join(sender.path, "password"), "sandbox\n");
    const env = {
      ...sender.world.env,
      ...none,
      HOOKWELL_API_USER: "sandbox",
      HOOKWELL_API_PASSWORD_FILE: "password",
    };

    const { code } = await sender.webhooks("list", { env });

    expect(code).toBe(0);
  });

  test.each([
    [none, "Credentials of the sender's API are missing"],
    [{ HOOKWELL_API_SPACE: "" }, "HOOKWELL_API_SPACE is missing"],
    [{ HOOKWELL_API_USER: "u" }, "HOOKWELL_API_TOKEN and HOOKWELL_API_USER are both set"],
    [{ ...none, HOOKWELL_API_USER: "u" }, "HOOKWELL_API_PASSWORD is missing"],
    [{ HOOKWELL_API_TOKEN: "hunter2 hunter2" }, "HOOKWELL_API_TOKEN is not usable"],
    [{ HOOKWELL_API: "http://u:hunter2@host" }, "HOOKWELL_API is not usable"],
    [
      { HOOKWELL_API_TOKEN: "", HOOKWELL_API_TOKEN_FILE: "nowhere" },
      "HOOKWELL_API_TOKEN_FILE names a file that cannot",
    ],
  ])("that cannot work are named: %j", async (changed, says) => {
    await using sender = await aSender();

    const { code, stderr } = await sender.webhooks("list", { env: { ...sender.world.env, ...changed } });

    expect([code, stderr.replaceAll(/\s+/g, " ")]).toEqual([2, expect.stringContaining(says)]);
    expect(stderr).not.toContain("hunter2");
  });
});

describe("webhooks rotate-secret", () => {
  /** A registration with a secret of ours, and the id of it. */
  async function aSignedWebhook(sender: Sender): Promise<string> {
    await sender.webhooks(`create ${target} --events message.sent --generate-secret`);
    return registered(sender)?.webhook.id ?? "";
  }

  test("with --no-wait ends when both secrets are accepted, and the command that it prints goes on", async () => {
    await using sender = await aSender();
    const id = await aSignedWebhook(sender);

    const first = await sender.webhooks(`rotate-secret ${id} --to new --no-wait --json`);
    const again = await sender.webhooks(`rotate-secret ${id} --to new --retire orders --no-wait`);

    const [old, fresh] = await readSecrets(sender.data);
    expect([first.code, again.code, again.stderr]).toEqual([0, 0, expect.not.stringContaining("registered")]);
    expect([old?.name, fresh?.name]).toEqual(["orders", "new"]);
    expect(registered(sender)?.webhook.secret).toBe(fresh?.value);
    expect(JSON.parse(first.stdout)).toEqual({
      id,
      registered: "new",
      retired: null,
      finish: `hookwell webhooks rotate-secret ${id} --to new --retire orders`,
    });
  });

  test("that is interrupted says how to go on, and leaves both secrets", async () => {
    await using sender = await aSender();
    const id = await aSignedWebhook(sender);

    const command = startCli(["webhooks", "rotate-secret", id, "--to", "new"], sender.world);
    await eventually(() => expect(command.stderr()).toContain('"new" is registered.'));
    command.signal("SIGINT");

    expect(await command.exit).toBe(130);
    expect(command.stderr()).toContain(`--to new --retire orders`);
    expect(await readSecrets(sender.data)).toHaveLength(2);
  });

  test("does not retire what it cannot tell", async () => {
    await using sender = await aSender();
    sender.sandbox.webhooks.create({ name: "n", url: "https://a.example/", secret: "of another machine" });
    const id = registered(sender)?.webhook.id ?? "";

    const unknown = await sender.webhooks(`rotate-secret ${id}`);
    const wrong = await sender.webhooks(`rotate-secret ${id} --retire nobody`);

    expect([unknown.code, wrong.code]).toEqual([2, 2]);
    expect(unknown.stderr).toContain("name it with --retire");
    expect(await readSecrets(sender.data)).toEqual([]);
  });
});
