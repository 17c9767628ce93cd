import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { testSecret, testToken } from "../test/support/program/client.ts";
import { tempFolder, type TempFolder } from "../test/support/temp-folder.ts";
import type { Menu } from "./handler/behaviour.ts";
import type { Setting } from "./setting.ts";

/** Retries come quickly, and handlers that hang are given up soon. */
const usualEnv = {
  HOOKWELL_SECRET: testSecret,
  HOOKWELL_TOKEN: testToken,
  HOOKWELL_EVENT_LOG: "off",
  HOOKWELL_BACKOFF_MIN: "5ms",
  HOOKWELL_BACKOFF_MAX: "100ms",
  HOOKWELL_HANDLER_TIMEOUT: "1500ms",
};

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The files of a stage, and what the programs on it read from them. */
export class StageFolder implements AsyncDisposable {
  readonly path: string;
  readonly journal: string;
  readonly #folder: TempFolder;
  readonly #clock: string;
  readonly #mended: string;
  #clockMs = 0;

  private constructor(folder: TempFolder) {
    const { path } = folder;
    this.#folder = folder;
    this.path = path;
    this.journal = join(path, "journal");
    this.#clock = join(path, "clock");
    this.#mended = join(path, "mended");
  }

  static async make(): Promise<StageFolder> {
    const folder = new StageFolder(await tempFolder());
    await folder.setClock(0, 0);
    return folder;
  }

  /** Sets the clock of the programs ahead by so much (ms), relative to what it shows. */
  async setClock(byMs: number, hurryMs: number): Promise<void> {
    this.#clockMs += byMs;
    // At once: who reads half of it would have yet another clock.
    await writeFile(`${this.#clock}-next`, `${this.#clockMs} ${hurryMs}`);
    await rename(`${this.#clock}-next`, this.#clock);
  }

  /** Mends the handlers that never work, or takes that back. */
  async mend(isMended: boolean): Promise<void> {
    if (isMended) await writeFile(this.#mended, "");
    else await rm(this.#mended, { force: true });
  }

  /** Copies the journal to where it outlives the stage; its new path. */
  async keepJournal(name: string): Promise<string> {
    const folder = join(tmpdir(), "hookwell-torture");
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name}.journal`);
    await copyFile(this.journal, path);
    return path;
  }

  /** @param data the data folder */
  env(data: string, menu: Menu, { clock, env }: Setting): Readonly<Record<string, string>> {
    return {
      ...usualEnv,
      HOOKWELL_CONFIG: pathOf("handler/torture.config.ts"),
      HOOKWELL_DATA: data,
      NODE_COMPILE_CACHE: join(this.path, "compiled"),
      TORTURE_JOURNAL: this.journal,
      TORTURE_MENU: JSON.stringify(menu),
      TORTURE_MENDED: this.#mended,
      TORTURE_CLOCK: this.#clock,
      ...(clock && { NODE_OPTIONS: `--import=${pathToFileURL(pathOf("handler/clock.ts")).href}` }),
      ...env,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}
