import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import type { RedisClient } from "./connection/client.ts";
import { streamsOf } from "./names.ts";
import { orNothing, settingsOf } from "./settings.ts";
import type { RedisPlace } from "./connection/url.ts";

/** Settings of the server; those that it does not tell are missing. */
type Settings = ReadonlyMap<string, string>;

/**
 * What the server says of itself.
 *
 * @param options `lacksReplicas`: too few of those that are connected confirm what they are sent
 */
export async function reportOf(
  client: RedisClient,
  place: RedisPlace,
  { lacksReplicas = false }: { readonly lacksReplicas?: boolean } = {},
): Promise<EngineReport> {
  const asked = settingsOf(client, ["appendonly", "appendfsync", "maxmemory-policy"]);
  const stream = streamsOf(place.prefix)[0] ?? "";
  const [info, config, canWait, refused] = await Promise.all([
    infoOf(client),
    asked,
    knowsWaitAof(client),
    defaultMayNotWrite(client, stream),
  ]);
  const settings = new Map([...info, ...config]);
  const valkey = settings.get("valkey_version");
  const name = valkey === undefined ? "Redis" : "Valkey";
  return {
    // Valkey also tells which Redis it is compatible with.
    engine: `${name} ${valkey ?? settings.get("redis_version") ?? ""}`.trim(),
    durability: durabilityOf(name, settings, canWait, place),
    warnings: [
      ...diskWarnings(name, settings, canWait),
      ...(refused ? restartWarnings(name, settings) : []),
      ...otherWarnings(settings, place),
      ...replicaWarnings(name, settings, { replicas: place.replicas, lacksReplicas }),
    ],
  };
}

/** Whether the server writes an append-only file; undefined if it does not say. */
function hasDisk(settings: Settings): boolean | undefined {
  const config = settings.get("appendonly");
  if (config !== undefined) return config === "yes";
  const info = settings.get("aof_enabled");
  return info === undefined ? undefined : info === "1";
}

function durabilityOf(name: string, settings: Settings, canWait: boolean, { replicas }: RedisPlace): string {
  const copies =
    replicas === 0 ? "" : ` and confirmed by ${replicas} ${replicas === 1 ? "replica" : "replicas"}`;
  const disk = replicas === 0 ? ", not the loss of the disk" : ", and the loss of its disk";
  switch (hasDisk(settings)) {
    case true:
      return canWait || settings.get("appendfsync") === "always"
        ? `Flushed to the disk of ${name}${copies} before each answer: survives a crash and a power cut${disk}.`
        : `Written to the append-only file of ${name}${copies} before each answer: survives a crash of ${name}, not a power cut.`;
    case false:
      return `Kept in the memory of ${name}${copies}: a crash or a restart of ${name} loses events.`;
    case undefined:
      return `${name} does not report whether it writes to a disk${copies === "" ? "" : `; ${copies.slice(5)}`}.`;
  }
}

function diskWarnings(name: string, settings: Settings, canWait: boolean): readonly string[] {
  const fsync = settings.get("appendfsync");
  const disk = hasDisk(settings);
  if (disk === false) {
    // A start with the setting reads only that file, which is not there yet, and forgets all that a snapshot has.
    return [
      `${name} writes no append-only file, so a crash loses events. Set appendonly yes by CONFIG SET while it runs, and only then in its configuration: a start with that setting that finds no file loads no data.`,
    ];
  }
  const warnings: string[] = [];
  if (disk === undefined) {
    warnings.push(
      `INFO and CONFIG are forbidden, so it is unknown whether ${name} writes an append-only file.`,
    );
  }
  if (!canWait && fsync !== "always") {
    warnings.push(
      `${name} knows no WAITAOF or forbids it, so a power cut may lose events: allow +waitaof, which Redis knows from 7.2 on.`,
    );
  }
  if (fsync === "everysec") {
    warnings.push(
      "With appendfsync everysec each answer waits up to a second or two: set appendfsync always.",
    );
  }
  if (fsync === "no") {
    warnings.push(
      `With appendfsync no ${name} may flush too late, and events are refused: set appendfsync always.`,
    );
  }
  if (disk === true && fsync === undefined) {
    warnings.push("CONFIG is forbidden, so appendfsync could not be checked: it ought to be always.");
  }
  return warnings;
}

/** The first versions that read their file as it was written, whatever the user `default` may do. */
const curedBy: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  Redis: [8, 6],
  Valkey: [9, 1],
};

/** At a start, older servers replay their file as the user `default`, and skip transactions that this user may not do. */
function restartWarnings(name: string, settings: Settings): readonly string[] {
  const [major = 0, minor = 0] = (settings.get(`${name.toLowerCase()}_version`) ?? "").split(".").map(Number);
  const [cured = Infinity, since = 0] = curedBy[name] ?? [];
  const isCured = major > cured || (major === cured && minor >= since);
  if (isCured || hasDisk(settings) === false) return [];
  return [
    `The user default may not write, so ${name} leaves events out when it reads its append-only file at a start: set user default off ~* &* +@all; nobody can log in as that user either.`,
  ];
}

function otherWarnings(settings: Settings, place: RedisPlace): readonly string[] {
  const warnings: string[] = [];
  const policy = settings.get("maxmemory-policy") ?? settings.get("maxmemory_policy");
  if (policy === undefined) {
    warnings.push(
      "maxmemory-policy could not be checked: set noeviction, since allkeys- policies may delete events.",
    );
  } else if (policy.startsWith("allkeys-")) {
    warnings.push(`maxmemory-policy is ${policy}, which may delete events: set maxmemory-policy noeviction.`);
  }
  if ((place.cluster || place.sentinel !== undefined) && place.replicas === 0) {
    warnings.push(
      "A failover may lose the newest events, which no replica has yet; and a network partition all that the old master accepts: add ?wait=1.",
    );
  }
  return warnings;
}

function replicaWarnings(
  name: string,
  settings: Settings,
  { replicas, lacksReplicas }: { readonly replicas: number; readonly lacksReplicas: boolean },
): readonly string[] {
  const connected = settings.get("connected_slaves");
  if (connected !== undefined && Number(connected) < replicas) {
    return [
      `?wait=${replicas} asks for more replicas than ${name} has (${connected}), so no event can be put into it: connect as many replicas, or write a smaller ?wait=.`,
    ];
  }
  if (!lacksReplicas) return [];
  return [
    `?wait=${replicas} asks for more replicas than confirm what they are sent, so no event can be put into ${name}: connect as many that keep up, with appendonly yes if it is set here, or write a smaller ?wait=.`,
  ];
}

async function infoOf(client: RedisClient): Promise<Settings> {
  const text = (await orNothing(client.sendCommand<string>(["INFO"]))) ?? "";
  return new Map(Array.from(text.matchAll(/^(\w+):(.*)\r$/gm), ([, name = "", value = ""]) => [name, value]));
}

/** Tries the command without waiting: for no disk and no replica. */
async function knowsWaitAof(client: RedisClient): Promise<boolean> {
  return (await orNothing(client.sendCommand(["WAITAOF", "0", "0", "1"]))) !== undefined;
}

async function defaultMayNotWrite(client: RedisClient, stream: string): Promise<boolean> {
  const answer = await orNothing(
    client.sendCommand<string>(["ACL", "DRYRUN", "default", "XADD", stream, "*", "a", "b"]),
  );
  return answer !== undefined && answer !== "OK";
}
