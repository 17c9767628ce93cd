import { codeOf } from "../error-code.ts";
import { causesOf } from "../is-error.ts";

/** `disk_full` and `read_only_sql_transaction`, which some providers set before the disk is full. */
const full: readonly (string | undefined)[] = ["53100", "25006"];

/** True if the server stores nothing more, whatever it is sent. */
export const isFull = (error: unknown): error is Error =>
  causesOf(error).some((each) => full.includes(codeOf(each)));
