import { createHash } from "node:crypto";
import type { SecretUse, StatsResponse } from "../api/contract.ts";
import { notTaken, readSecrets } from "../config/secrets/secrets.ts";
import { HookwellError } from "../errors.ts";
import { printable } from "../lib/printable.ts";
import { count } from "../lib/amounts.ts";
import type { Input } from "./command.ts";
import type { Io } from "./io.ts";
import { ageView } from "./view/moment-view.ts";
import { openClient } from "./client/open-client.ts";
import { readConfig } from "./client/where.ts";
import type { Column } from "./view/table.ts";

/** A secret as it is listed. */
export interface SecretRow {
  readonly name: string;
  readonly source: string;
  /** Null if nobody who knows it could be asked. */
  readonly hits: number | null;
  readonly lastUsedAt: string | null;
  /** First 8 hex digits of the value's SHA-256: enough to tell secrets apart. Null if only the server has the value. */
  readonly fingerprint: string | null;
}

/** How often each secret was used, and whether a server said so. */
interface Asked {
  readonly uses: readonly SecretUse[];
  readonly isServer: boolean;
}

/** All secrets that are known here, and those that only the server knows, if one answers. */
export async function secretRows(input: Input): Promise<readonly SecretRow[]> {
  const { options, io } = input;
  const asked = await askUse(input);
  const config = await readConfig(options, io);
  const stored = notTaken(await readSecrets(config.data), config.secrets);
  const all = [
    ...config.secrets.map((secret) => ({ ...secret, source: secret.writtenAs })),
    ...stored.map((secret) => ({ ...secret, source: "data folder" })),
  ];
  const known = all.map(({ name, value, source }) => {
    // Whoever was asked may not know this secret, such as a server that only processes; then it must not look unused.
    const { hits, lastUsedAt } = asked?.uses.find((use) => use.name === name) ?? {
      hits: null,
      lastUsedAt: null,
    };
    return { name, source, hits, lastUsedAt, fingerprint: fingerprintOf(value) };
  });
  if (asked?.isServer !== true) return known;
  // The environment of its service may hold secrets that this shell's does not.
  const others = asked.uses.filter((use) => !all.some(({ name }) => name === use.name));
  return [
    ...known,
    ...others.map(({ name, hits, lastUsedAt }) => {
      return { name, source: "server", hits, lastUsedAt, fingerprint: null };
    }),
  ];
}

/** How often each was used; undefined if neither a server nor the data folder can tell. */
async function askUse({ options, io }: Input): Promise<Asked | undefined> {
  try {
    await using client = await openClient(options, io);
    const uses = (await client.get<StatsResponse>("/api/v1/stats")).secrets;
    return uses === null ? undefined : { uses, isServer: client.live };
  } catch (error) {
    // The list is worth showing without it, such as before the first start.
    if (error instanceof HookwellError) return undefined;
    throw error;
  }
}

export function secretColumns(io: Io): readonly Column<SecretRow>[] {
  const { bold, dim } = io.stdout.palette;
  return [
    { title: "NAME", cell: ({ name }) => printable(name), paint: bold },
    { title: "SOURCE", cell: ({ source }) => printable(source), cut: "end" },
    { title: "HITS", cell: ({ hits }) => (hits === null ? "–" : count(hits)), align: "right" },
    {
      title: "LAST USED",
      cell: ({ lastUsedAt, hits }) =>
        lastUsedAt === null ? (hits === null ? "–" : "never") : ageView(lastUsedAt, io),
    },
    { title: "FINGERPRINT", cell: ({ fingerprint }) => fingerprint ?? "–", paint: dim },
  ];
}

function fingerprintOf(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 8);
}
