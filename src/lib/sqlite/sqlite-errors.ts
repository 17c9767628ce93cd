import { codeOf } from "../error-code.ts";

/** The file is a database, but of another kind. */
export class ForeignFileError extends Error {}

/** What was read is not what was written, and SQLite did not notice. */
export class DamageError extends Error {}

/** Primary result codes of SQLite, the lowest byte of the extended ones. */
const results = { busy: 5, locked: 6, io: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 };

const resultOf = (error: unknown): number =>
  ((error as { readonly errcode?: number } | null)?.errcode ?? 0) & 0xff;

/** True for an error that means: the file is damaged, and trying again is of no use. */
export const isDamage = (error: unknown): boolean =>
  error instanceof DamageError || [results.corrupt, results.notADatabase].includes(resultOf(error));

/** True for an error that means: the file is no database, or one of another kind. */
export const isOfAnotherKind = (error: unknown): boolean =>
  error instanceof ForeignFileError || resultOf(error) === results.notADatabase;

/** True for an error that means: another process holds the lock. */
export const isBusy = (error: unknown): boolean => [results.busy, results.locked].includes(resultOf(error));

/** True for an error that means: the disk has no room. */
export const isFull = (error: unknown): boolean =>
  resultOf(error) === results.full || ["ENOSPC", "EDQUOT"].includes(codeOf(error) ?? "");

/** True for an error that means: the disk has not done what it was asked for. */
export const isOfDisk = (error: unknown): boolean =>
  [results.io, results.cannotOpen].includes(resultOf(error)) || codeOf(error) === "EIO";
