import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endChild } from "../servers/end-child.ts";

/** Another process, which holds something for as long as it lives. */
export interface Holder {
  /** Its first line. */
  readonly said: string;
  readonly kill: () => Promise<void>;
}

/** Starts `presence-holder.ts`, `queue-holder.ts` or `spill-holder.ts`; resolves when it holds what it is to hold. */
export async function startHolder(
  what: "presence" | "queue" | "spill",
  ...args: readonly string[]
): Promise<Holder> {
  const program = fileURLToPath(new URL(`${what}-holder.ts`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { said: said.toString().trim(), kill: () => endChild(child, "SIGKILL") };
}
