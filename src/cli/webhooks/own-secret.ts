import { hasReceiver } from "../../config/folder/server-notes.ts";
import type { StatsResponse } from "../../api/contract.ts";
import { lookMs } from "../../config/secrets/secret-ring.ts";
import { activeSecrets, addSecret, generateSecret, readSecrets } from "../../config/secrets/secrets.ts";
import type { Secret } from "../../event/signature.ts";
import { sleep } from "../../lib/async/sleep.ts";
import type { ApiClient } from "../client/api-client.ts";
import { serverFinder } from "../client/open-client.ts";
import { readConfig } from "../client/where.ts";
import type { Input } from "../command.ts";
import { CommandError, UsageError } from "../failure.ts";

/** All secrets of our side, with their values. */
export async function ownSecrets({ options, io }: Input): Promise<readonly Secret[]> {
  return activeSecrets(await readConfig(options, io));
}

/** @throws {UsageError} if there is none of this name */
export async function ownSecret(name: string, input: Input): Promise<Secret> {
  const all = await ownSecrets(input);
  const found = all.find((secret) => secret.name === name);
  if (found !== undefined) return found;
  const names = all.map((secret) => secret.name).join(", ");
  throw new UsageError(
    `There is no secret "${name}" here${names === "" ? "" : `, only ${names}`}: \`hookwell secret add ${name}\` makes one.`,
  );
}

/**
 * Makes a secret and stores it in the data folder.
 *
 * @throws {UsageError} if the name is taken
 * @throws {ConfigError} if it cannot be used
 */
export async function storeNewSecret(name: string, input: Input): Promise<Secret> {
  const { options, io } = input;
  const { data } = await readConfig(options, io);
  if ((await ownSecrets(input)).some((secret) => secret.name === name)) {
    throw new UsageError(`A secret "${name}" is here already: give the new one another name.`);
  }
  return addSecret(data, { name, value: generateSecret() }, io.now());
}

/** By when every running server has noticed a new secret, in ms after it was stored. */
const noticedMs = 2 * lookMs;
/** A server that has not noticed it after so long, in ms, never will. */
const patienceMs = 5 * noticedMs;
const askMs = 250;

/**
 * Waits until running servers accept a new secret: what is signed with it before would be refused. Nothing is waited for
 * while none runs, since a server that starts reads all of them.
 *
 * @throws {CommandError} if the server does not notice it
 */
export async function untilNoticed(name: string, input: Input, signal: AbortSignal): Promise<void> {
  const { options, io } = input;
  const { data } = await readConfig(options, io);
  const find = await serverFinder(options, io);
  const end = performance.now() + patienceMs;
  let server = await find();
  while (server !== undefined && !(await knows(server, name, signal))) {
    if (performance.now() > end)
      throw new CommandError(
        `${server.where} has not noticed the secret "${name}": is ${data} its data folder?`,
      );
    await sleep(askMs, signal);
    if (signal.aborted) return;
    server = await find();
  }
  if (server === undefined && !(await hasReceiver(data))) return;
  // Receivers without an API tell nobody what they know.
  const stored = (await readSecrets(data)).find((secret) => secret.name === name);
  if (stored !== undefined) await sleep(Date.parse(stored.addedAt) + noticedMs - io.now(), signal);
}

async function knows(server: ApiClient, name: string, signal: AbortSignal): Promise<boolean> {
  const { secrets } = await server.get<StatsResponse>("/api/v1/stats", {}, signal);
  return secrets?.some((use) => use.name === name) ?? false;
}
