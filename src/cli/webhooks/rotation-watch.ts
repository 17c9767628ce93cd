import type { SecretUse, StatsResponse } from "../../api/contract.ts";
import { sleep } from "../../lib/async/sleep.ts";
import { span } from "../../lib/times.ts";
import type { ApiClient } from "../client/api-client.ts";
import { CommandError } from "../failure.ts";
import type { Io } from "../io.ts";
import { statusLine } from "../view/status-line.ts";

/** Two secrets of a rotation that are both accepted. */
export interface Rotation {
  readonly from: string;
  readonly to: string;
  /** When the sender was given the new one, in ms since 1970. */
  readonly since: number;
  /** How long the old one must not have been used before it is retired, in ms. */
  readonly quietMs: number;
}

/** How far a rotation is. */
export type Standing =
  /** No delivery has come that was signed with the new secret. */
  | { readonly kind: "unused" }
  /** The old one may still be used; so many ms are missing. */
  | { readonly kind: "quiet"; readonly leftMs: number }
  | { readonly kind: "over" };

/** How far it is by these counters. They go by name and are never reset, so an earlier secret may have left a use. */
export function standingOf(rotation: Rotation, uses: readonly SecretUse[], now: number): Standing {
  const { from, to, since, quietMs } = rotation;
  const lastUse = (name: string): number => {
    const { lastUsedAt } = uses.find((use) => use.name === name) ?? {};
    return lastUsedAt == null ? -Infinity : Date.parse(lastUsedAt);
  };
  if (lastUse(to) < since) return { kind: "unused" };
  const leftMs = Math.max(since, lastUse(from)) + quietMs - now;
  return leftMs > 0 ? { kind: "quiet", leftMs } : { kind: "over" };
}

const mostAskMs = 5_000;
const leastAskMs = 100;

/**
 * Waits until the old secret can be retired, or the signal aborts. A server that is away is waited for.
 *
 * @param find the server whose counters tell, as it is wanted
 */
export async function watchRotation(
  rotation: Rotation,
  find: () => Promise<ApiClient | undefined>,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const askMs = Math.min(mostAskMs, Math.max(leastAskMs, rotation.quietMs / 10));
  let standing: Standing | undefined;
  using _line = statusLine(io, () => ({ text: textOf(standing, rotation) }));
  while (!signal.aborted) {
    const uses = await usesOf(find, signal);
    standing = uses === undefined ? undefined : standingOf(rotation, uses, io.now());
    if (standing?.kind === "over") return;
    await sleep(askMs, signal);
  }
}

/** Undefined while nobody can be asked: that must not end a wait of a day. */
async function usesOf(
  find: () => Promise<ApiClient | undefined>,
  signal: AbortSignal,
): Promise<readonly SecretUse[] | undefined> {
  try {
    const server = await find();
    const stats = await server?.get<StatsResponse>("/api/v1/stats", {}, signal);
    return stats?.secrets ?? undefined;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

function textOf(standing: Standing | undefined, { from, to }: Rotation): string {
  switch (standing?.kind) {
    case undefined:
      return "Waiting for a running Hookwell that tells how often each secret is used";
    case "unused":
      return `Waiting for the first delivery that is signed with "${to}"`;
    case "quiet":
      return `"${to}" is used; "${from}" is retired in ${span(standing.leftMs)} if nothing is signed with it`;
    case "over":
      return `"${from}" is not used any more`;
  }
}
