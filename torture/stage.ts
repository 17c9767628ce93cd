import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { within } from "../src/lib/async/within.ts";
import type { Delivery } from "../test/support/events/deliveries.ts";
import { chanceOf } from "./chance.ts";
import { readStored, untilSettled } from "./client/reading.ts";
import { Sending } from "./client/sending.ts";
import { Watch } from "./client/watch.ts";
import { startEngine, type Engine } from "./engine.ts";
import type { Menu } from "./handler/behaviour.ts";
import type { Effect } from "./oracle/committed.ts";
import { Network } from "./network/network.ts";
import { judge, type Judgement } from "./oracle/judge.ts";
import { crashViolations } from "./oracle/crash.ts";
import { Records } from "./oracle/records.ts";
import type { Exit } from "./program/child.ts";
import { hookwellOf, type Hookwell } from "./program/hookwell.ts";
import { untilReady } from "./program/ready.ts";
import type { Setting } from "./setting.ts";
import { StageFolder } from "./stage-folder.ts";

/** A folder that is not the usual one, such as a disk of its own. */
export interface Place extends AsyncDisposable {
  readonly path: string;
}

/** A process that has ended, and what it said last. */
export interface Ended extends Exit {
  readonly said: string;
}

interface Parts {
  readonly setting: Setting;
  readonly folder: StageFolder;
  readonly place: Place | undefined;
  readonly engine: Engine | undefined;
  readonly network: Network | undefined;
  readonly data: string;
  readonly records: Records;
  readonly hookwell: Hookwell;
  readonly exits: readonly Ended[];
}

/** A Hookwell on a folder of its own, with clients, and records of all that they see. */
export class Stage implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #watch: Watch;
  /** All that was set on its way here. */
  readonly #sendings: Sending[] = [];

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#watch = new Watch(parts.hookwell.api, parts.records.told);
  }

  /** @param place where the data folder is to be; it goes with the stage. Default: a temp folder. */
  static async open(setting: Setting, seed: number, place?: Place): Promise<Stage> {
    const folder = await StageFolder.make();
    const menu: Menu = { seed, dishes: setting.dishes, workMs: setting.workMs };
    const data = join(place?.path ?? folder.path, "data");
    await mkdir(data, { mode: 0o700 });
    const records = new Records(folder.journal, menu, setting.settleMs);
    records.commitsFail = setting.engineKind === "replicated" || setting.network === true;
    const engine = setting.engine && (await startEngine(setting.engine, setting.engineKind ?? "single"));
    if (engine !== undefined && setting.effects === true) await prepareEffects(engine, records);
    const network =
      engine && setting.network === true ? new Network(engine, chanceOf(seed, "network")) : undefined;
    const exits: Ended[] = [];
    const hookwell = await hookwellOf({
      shape: setting.shape,
      cwd: folder.path,
      env: {
        ...folder.env(data, menu, setting),
        ...engine?.env,
        ...(setting.effects === true && { TORTURE_EFFECTS: "yes" }),
      },
      ...(network && { lead: () => network.lead() }),
      nextGeneration: () => records.nextGeneration(),
      onExit: ({ generation, lines }, exit) => {
        const said = lines.join("\n");
        records.ended(generation, exit);
        records.violate(...crashViolations(generation, exit.signal, said, menu));
        exits.push({ ...exit, said });
      },
    });
    return new Stage({ setting, folder, place, engine, network, data, records, hookwell, exits });
  }

  get setting(): Setting {
    return this.#parts.setting;
  }

  get folder(): StageFolder {
    return this.#parts.folder;
  }

  /** The data folder. */
  get data(): string {
    return this.#parts.data;
  }

  get records(): Records {
    return this.#parts.records;
  }

  /** The servers of a cluster. */
  get engine(): Engine {
    const { engine } = this.#parts;
    if (engine === undefined) throw new Error("This stage has no servers.");
    return engine;
  }

  /** Between the processes of a cluster and its servers. */
  get network(): Network {
    const { network } = this.#parts;
    if (network === undefined) throw new Error("This stage has no network.");
    return network;
  }

  get hookwell(): Hookwell {
    return this.#parts.hookwell;
  }

  /** Processes that have ended. */
  get exits(): readonly Ended[] {
    return this.#parts.exits;
  }

  start(): void {
    for (const service of this.hookwell.services) service.start();
  }

  /** Ends all processes with this signal, and leaves it so until they are started. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(this.hookwell.services.map((service) => service.stop(signal)));
  }

  /** Waits until it is ready, without any help; if it does not become so, that is noted, and then it is helped. */
  async ready(): Promise<number> {
    const { hookwell, setting, records } = this;
    try {
      return await untilReady(hookwell, setting.readyMs);
    } catch (error) {
      records.violate({ rule: "ready", text: (error as Error).message });
      this.start();
      return untilReady(hookwell, setting.readyMs);
    }
  }

  /** Sets these on their way. */
  send(deliveries: readonly Delivery[], random: () => number): Sending {
    const { records, setting, hookwell } = this;
    for (const delivery of deliveries) records.send(delivery);
    const sending = new Sending(deliveries, {
      ...setting.habits,
      urls: hookwell.endpoints,
      random,
      onAcknowledged: (delivery) => records.acknowledge(delivery),
      onViolation: (violation) => records.violate(violation),
    });
    this.#sendings.push(sending);
    return sending;
  }

  /** Waits until all of it is acknowledged; if it does not become so, that is noted. */
  async delivered(sending: Sending): Promise<void> {
    const { allSettledMs } = this.setting;
    const done = sending.done.then(() => true);
    if (await within(allSettledMs, done)) return;
    sending.stop();
    await sending.done;
    const text = `Not everything is acknowledged after ${allSettledMs / 1_000} s: ${JSON.stringify(sending.tally)}.`;
    this.records.violate({ rule: "answer", text });
  }

  /** Waits until all is settled; false if it does not become so, which is noted. */
  async settled(): Promise<boolean> {
    const violations = await untilSettled(
      this.hookwell.api,
      this.hookwell.endpoints,
      this.setting.allSettledMs,
    );
    this.records.violate(...violations);
    return violations.length === 0;
  }

  /**
   * Compares all that was seen with what is stored by now.
   *
   * @param withBytes of which events the bytes are compared
   */
  async judge(withBytes: (eventId: string) => boolean): Promise<Judgement> {
    const { records, hookwell, setting } = this;
    const stored = await readStored(hookwell.api, withBytes, setting.readyMs);
    const judgement = judge(await records.facts(), stored);
    return { ...judgement, violations: [...records.takeViolations(), ...judgement.violations] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sending of this.#sendings) sending.stop();
    await this.stop("SIGKILL");
    await Promise.all(this.#sendings.map(({ done }) => done));
    await this.#watch.close();
    await this.#parts.network?.[Symbol.asyncDispose]();
    await this.#parts.engine?.[Symbol.asyncDispose]();
    await this.#parts.place?.[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** A table in which handlers write, and nothing that would keep them from writing twice. */
async function prepareEffects({ ledger }: Engine, records: Records): Promise<void> {
  await ledger.query("create table public.effect (event_id text, generation int, at float8)");
  records.effects = async () => {
    const rows = await ledger.query("select * from public.effect");
    const effects = new Map<string, Effect[]>();
    for (const { event_id, generation, at } of rows) {
      const written = effects.get(String(event_id)) ?? [];
      effects.set(String(event_id), [...written, { generation: Number(generation), at: Number(at) }]);
    }
    return effects;
  };
}
