import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { program, root, start, type Started } from "../support/program/built.ts";
import { clientOf, testSecret, testToken } from "../support/program/client.ts";
import { answers } from "../support/servers/engines.ts";
import { freePort } from "../support/network/free-port.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** As much of a workload as this test follows. */
interface Workload {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}
interface PodSpec {
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly secret?: { readonly items: readonly Item[] } }[];
}
interface Item {
  readonly key: string;
  readonly path: string;
}
interface Container {
  readonly args: readonly [string];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Probe {
  readonly httpGet: { readonly path: string };
}

const pods = new Map<string, PodSpec>();

beforeAll(async () => {
  const text = await readFile(join(root, "deploy/kubernetes.yaml"), "utf8");
  for (const document of parseAllDocuments(text)) {
    const { kind, spec } = document.toJS() as Workload;
    if (!["StatefulSet", "Deployment"].includes(kind)) continue;
    const pod = spec.template.spec;
    pods.set(pod.containers[0].args[0], pod);
  }
});

/** What the image sets beside the manifest. */
async function imageEnv(): Promise<Record<string, string>> {
  const text = await readFile(join(root, "Dockerfile"), "utf8");
  const [, block = ""] = /^ENV ((?:.*\\\n)*.*)$/m.exec(text) ?? [];
  return Object.fromEntries(block.split(/[\s\\]+/).map((pair) => pair.split("=")));
}

interface RunningPod extends Started {
  readonly url: string;
  readonly probes: readonly string[];
}

/** Starts what a pod starts, with its mounts in this folder, and the Secret's values in files. */
async function startPod(
  part: string,
  folder: string,
  secret: Readonly<Record<string, string>>,
): Promise<RunningPod> {
  const pod = pods.get(part);
  if (pod === undefined) throw new Error(`No pod runs ${part}.`);
  const [{ args, env, livenessProbe, readinessProbe, volumeMounts }] = pod.containers;
  const here = (path: string): string =>
    volumeMounts.some(({ mountPath }) => path.startsWith(mountPath)) ? join(folder, path) : path;
  for (const { mountPath } of volumeMounts) await mkdir(here(mountPath), { recursive: true });
  const secrets = volumeMounts.find(({ name }) => name === "secrets")?.mountPath ?? "";
  for (const { key, path } of pod.volumes.flatMap((volume) => volume.secret?.items ?? []))
    await writeFile(here(join(secrets, path)), secret[key] ?? "");
  const port = await freePort();
  const given = { ...(await imageEnv()), ...Object.fromEntries(env.map(({ name, value }) => [name, value])) };
  const mapped = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, here(value)]));
  const started = await start(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...mapped, HOST: "127.0.0.1", PORT: port },
    ready: /"app\.ready"/,
  });
  const url = `http://127.0.0.1:${port}/`;
  return {
    ...started,
    url,
    probes: [livenessProbe, readinessProbe].map(({ httpGet }) => new URL(httpGet.path, url).href),
  };
}

test.skipIf(!(await answers("postgres")))(
  "what the manifests start is alive and ready, takes an event and handles it",
  async () => {
    await using schema = ownSchema();
    await using folders = await tempFolder();
    const secret = { secret: testSecret, token: testToken, queue: schema.url, ledger: schema.url };
    await using receiver = await startPod("receive", join(folders.path, "receive"), secret);
    await using worker = await startPod("process", join(folders.path, "process"), secret);
    const event = freshEvent("message.sent", { random: seededRandom(41), now: Date.now });

    const { status } = await clientOf(receiver.url).send(event);
    await eventually(async () =>
      expect(await clientOf(worker.url).event(event.eventId)).toMatchObject({ status: "handled" }),
    );

    expect(status).toBe(200);
    expect(await schema.query(`select event_id from ${schema.name}.event`)).toEqual([
      { event_id: event.eventId },
    ]);
    for (const probe of [...receiver.probes, ...worker.probes])
      await eventually(async () => expect((await fetch(probe)).status).toBe(200));
    expect([...receiver.lines, ...worker.lines].filter((line) => line.includes("config.warning"))).toEqual(
      [],
    );
  },
);

test("the Secret that the docs make has every key that the pods read", async () => {
  const docs = await readFile(join(root, "docs/deploy.md"), "utf8");
  const made = new Set([...docs.matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => key));

  const read = [...pods.values()].flatMap(({ volumes }) =>
    volumes.flatMap((volume) => (volume.secret?.items ?? []).map(({ key }) => key)),
  );

  expect(read).toContain("ledger");
  expect(made).toEqual(new Set(read));
});
