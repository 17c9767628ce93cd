import { seededRandom } from "../lib/random.ts";
import type { Log } from "../log.ts";
import { Agenda } from "./agenda.ts";
import { analyticsOf } from "./analytics.ts";
import { type Cancel, realClock } from "./clock.ts";
import { defaultCredentials } from "./credentials.ts";
import { Deliveries } from "./deliveries.ts";
import { Dispatch } from "./dispatch.ts";
import { checkedFaults, type Faults, noFaults } from "./faults.ts";
import type { FreshWorld } from "./fresh-event.ts";
import { historyOf } from "./history.ts";
import { Inbounds } from "./inbounds.ts";
import { lives } from "./lives/lives.ts";
import { defaultScript } from "./lives/message-script.ts";
import { isOutbound, messageEvent } from "./lives/message.ts";
import { eventLike, override } from "./lives/override.ts";
import { Messages } from "./messages.ts";
import { Registrations } from "./registrations.ts";
import type { SampleEvent } from "./samples.ts";
import type { EmitOptions, LifeOptions, Sandbox, SandboxOptions } from "./sandbox.ts";
import { play, scenarioNamed } from "./scenarios.ts";
import { StateFile } from "./state-file.ts";
import { written } from "./subscriptions.ts";
import { memoryTransport, networkTransport } from "./transport.ts";

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * Starts the sender, emulated, in this process. It listens nowhere and needs no network: its REST side is a part of its
 * own.
 *
 * @throws {RangeError} for a fault or a scenario that does not exist
 * @throws {SandboxDataError} if the data file is none of a sandbox's
 * @example
 * ```ts
 * const sandbox = createSandbox({ seed: 7, clock: virtualClock() });
 * sandbox.emit("message.failed", { payload: { details: { failureReason: "Blocked" } } });
 * ```
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const { seed = 1, timeScale = 1, schedule = "A", parallel = 8, log = silent } = options;
  const { onAttempt = () => undefined } = options;
  const { clock = realClock(timeScale), script = defaultScript, data } = options;
  const credentials = { ...defaultCredentials, ...options.credentials };
  const kept = data === undefined ? undefined : StateFile.read(data);
  const starts = (kept?.starts ?? 0) + 1;
  const random = seededRandom(seed + starts - 1);
  const world: FreshWorld = { random, now: () => clock.now(), apiSpaceId: credentials.apiSpaceId };
  const agenda = new Agenda(clock);
  const transport = options.fetch === undefined ? networkTransport() : memoryTransport(options.fetch);
  const changed = (): void => file?.changed();

  let currentFaults: Faults = { ...noFaults };
  let endScenario: Cancel = () => undefined;
  const setFaults = (given: Partial<Faults>): void => {
    currentFaults = { ...currentFaults, ...checkedFaults(given) };
  };
  const faults = (): Faults => currentFaults;

  const publish = (event: SampleEvent): void => {
    messages.record(event);
    inbounds.record(event);
    dispatch.add(written(event));
    changed();
  };
  const webhooks = new Registrations(world, changed);
  const deliveries = new Deliveries({
    clock,
    agenda,
    random,
    registrations: webhooks,
    faults,
    transport,
    schedule,
    parallel,
    onAttempt,
    log,
    changed,
  });
  const dispatch = new Dispatch({ clock, agenda, random, registrations: webhooks, faults, deliveries });
  const messages = new Messages({ world, agenda, script, publish, changed });
  const inbounds = new Inbounds(world, publish);
  const file =
    data === undefined
      ? undefined
      : new StateFile(data, log, () => ({
          version: 1,
          starts,
          registrations: webhooks.list(true),
          messages: messages.all(),
          inbounds: inbounds.all(),
          held: dispatch.held(),
          pending: deliveries.pending(),
          dead: deliveries.dead(),
        }));

  const setScenario = (name: string | null): void => {
    const scenario = name === null ? undefined : scenarioNamed(name);
    endScenario();
    endScenario = () => undefined;
    currentFaults = { ...noFaults };
    if (scenario !== undefined) endScenario = play(scenario, agenda, setFaults);
  };
  const clear = (): void => {
    agenda.clear();
    for (const part of [dispatch, deliveries, messages, inbounds]) part.clear();
    webhooks.restore([]);
  };
  const close = async (): Promise<void> => {
    file?.close();
    const ended = agenda.close();
    deliveries.close();
    await ended;
    transport.close();
  };

  if (options.scenario !== undefined) setScenario(options.scenario);
  setFaults(options.faults ?? {});
  if (kept !== undefined) {
    webhooks.restore(kept.registrations);
    messages.restore(kept.messages);
    inbounds.restore(kept.inbounds);
    deliveries.restore(kept.pending, kept.dead);
    dispatch.restore(kept.held);
  }
  file?.open();

  return {
    credentials,
    clock,
    seed,
    webhooks,
    send: (input, by) => messages.send(input, by),
    sendBatch: (inputs, by) => inputs.map((input) => messages.send(input, by)),
    message: (id) => messages.get(id)?.message,
    messages: () => messages.all().map(({ message }) => message),
    redact: (id) => messages.redact(id),
    deleteMessage: (id) => messages.remove(id),
    report: (id, status, body) => messages.report(id, status, body),
    inbound: (input, by) => inbounds.receive(input, by),
    inbounds: () => inbounds.all(),
    inboundStatus: (id, status) => inbounds.setStatus(id, status),
    analytics: (query) => analyticsOf(messages.all(), inbounds.all(), query),
    history: (profileId, query = {}) => historyOf(profileId, messages.all(), inbounds.all(), query),
    emit: (name, { payload, entityId, revision }: EmitOptions = {}) => {
      const known = entityId === undefined ? undefined : messages.get(entityId)?.state;
      const state = known && (revision === undefined ? known : { ...known, revision: revision - 1 });
      const options = {
        ...world,
        ...(entityId !== undefined && { entityId }),
        ...(revision !== undefined && { revision }),
      };
      const overrides = payload === undefined ? {} : { payload };
      const event =
        state !== undefined && isOutbound(name)
          ? override(messageEvent(name, state, world), overrides)
          : eventLike(name, overrides, options);
      publish(event);
      return event;
    },
    emitWritten: (events) => {
      for (const event of events) dispatch.add(event);
    },
    live: (kind, given = {}) => {
      if (kind === "message") return void messages.live(given as LifeOptions["message"]);
      const story: object = given;
      const steps = lives[kind](story, world);
      for (const { afterMs, event } of steps) agenda.after(afterMs, () => publish(event));
    },
    get faults() {
      return currentFaults;
    },
    setFaults,
    setScenario,
    deliveries: () => deliveries.attempts.all(),
    dead: () => deliveries.dead(),
    pending: () => deliveries.pendingEvents + dispatch.size,
    advance: (ms) => agenda.advance(ms),
    settled: () => agenda.settled(),
    reset: () => {
      clear();
      setScenario(null);
      changed();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
