import { seededRandom } from "../lib/random.ts";
import { silentLog } from "../log.ts";
import { ActiveFaults } from "./active-faults.ts";
import { Agenda } from "./agenda.ts";
import { analyticsOf } from "./analytics.ts";
import { realClock } from "./clock.ts";
import { defaultCredentials } from "./credentials.ts";
import { Deliveries } from "./deliveries.ts";
import { Dispatch } from "./dispatch.ts";
import { emittedEvent } from "./emitted-event.ts";
import type { FreshWorld } from "./fresh-event.ts";
import { historyOf } from "./history.ts";
import { Inbounds } from "./inbounds.ts";
import { lives } from "./lives/lives.ts";
import { defaultScript } from "./lives/message-script.ts";
import { Messages } from "./messages.ts";
import { Registrations } from "./registrations.ts";
import type { SampleEvent } from "./samples.ts";
import type { LifeOptions, Sandbox, SandboxOptions } from "./sandbox.ts";
import { StateFile } from "./state-file.ts";
import { written } from "./subscriptions.ts";
import { memoryTransport, networkTransport } from "./transport.ts";

/**
 * Starts the sender, emulated, in this process. It listens nowhere: `serveSandbox` gives it an address for its REST API.
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
  const { seed = 1, timeScale = 1, schedule = "A", parallel = 8, log = silentLog } = options;
  const { onAttempt = () => undefined } = options;
  const { clock = realClock(timeScale), script = defaultScript, data } = options;
  const credentials = { ...defaultCredentials, ...options.credentials };
  const kept = data === undefined ? undefined : StateFile.read(data);
  const starts = (kept?.starts ?? 0) + 1;
  const random = seededRandom(seed + starts - 1);
  const world: FreshWorld = { random, now: () => clock.now(), apiSpaceId: credentials.apiSpaceId };
  const agenda = new Agenda(clock);
  const faults = new ActiveFaults(agenda);
  const transport = options.fetch === undefined ? networkTransport() : memoryTransport(options.fetch);
  const changed = (): void => file?.changed();

  const publish = (event: SampleEvent): void => {
    messages.record(event);
    inbounds.record(event);
    dispatch.add(written(event));
    changed();
  };
  const webhooks = new Registrations(world, changed);
  const common = { clock, agenda, random, registrations: webhooks, faults: () => faults.current };
  const deliveries = new Deliveries({ ...common, transport, schedule, parallel, onAttempt, log, changed });
  const dispatch = new Dispatch({ ...common, deliveries });
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

  const close = async (): Promise<void> => {
    file?.close();
    const ended = agenda.close();
    deliveries.close();
    await ended;
    transport.close();
  };

  if (options.scenario !== undefined) faults.setScenario(options.scenario);
  faults.set(options.faults ?? {});
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
    send: (input) => messages.send(input),
    sendBatch: (inputs) => inputs.map((input) => messages.send(input)),
    message: (id) => messages.get(id)?.message,
    messages: () => messages.all().map(({ message }) => message),
    redact: (id) => messages.redact(id),
    deleteMessage: (id) => messages.remove(id),
    report: (id, status, body) => messages.report(id, status, body),
    inbound: (input) => inbounds.receive(input),
    inbounds: () => inbounds.all(),
    inboundStatus: (id, status) => inbounds.setStatus(id, status),
    analytics: (query) => analyticsOf(messages.all(), inbounds.all(), query),
    history: (profileId, query = {}) => historyOf(profileId, messages.all(), inbounds.all(), query),
    emit: (name, given = {}) => {
      const event = emittedEvent(name, given, messages.get(given.entityId ?? "")?.state, world);
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
      return faults.current;
    },
    setFaults: (given) => faults.set(given),
    setScenario: (name) => faults.setScenario(name),
    deliveries: () => deliveries.attempts.all(),
    dead: () => deliveries.dead(),
    pending: () => deliveries.pendingEvents + dispatch.size,
    advance: (ms) => agenda.advance(ms),
    settled: () => agenda.settled(),
    reset: () => {
      agenda.clear();
      for (const part of [dispatch, deliveries, messages, inbounds]) part.clear();
      webhooks.restore([]);
      faults.setScenario(null);
      changed();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
