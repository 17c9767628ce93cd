import { getRandomValues } from "node:crypto";
import type { FreshWorld } from "../sandbox/fresh-event.ts";

/** Where builders get ids and times from, and to whom their events belong. */
export interface EventWorld {
  /** Gives numbers from 0 up to, but not including, 1. Default: real chance; a seeded one repeats the same events. */
  readonly random?: () => number;
  /** Gives ms since 1970, such as a test kit's `now`. Default: the real time. */
  readonly now?: () => number;
  /** Default: always the same one. */
  readonly accountId?: number;
  /** Default: always the same one. */
  readonly apiSpaceId?: string;
}

/** The given one, and what it leaves out. */
export const worldOf = ({
  random = byChance,
  now = Date.now,
  accountId,
  apiSpaceId,
}: EventWorld): FreshWorld => ({
  random,
  now,
  ...(accountId !== undefined && { accountId }),
  ...(apiSpaceId !== undefined && { apiSpaceId }),
});

const byChance = (): number => (getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
