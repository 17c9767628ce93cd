import type { Outcome } from "../../ledger/driver.ts";
import { statuses } from "../../ledger/record.ts";
import { type Chance, type PlayOptions, playAll, step } from "../play.ts";
import type { Coming } from "./event-maker.ts";
import { LedgerPlay, type LedgerPlayHarness } from "./random-play.ts";
import { dead, handled, retry } from "./harness.ts";

/**
 * Tells a ledger all that a queue, a crash and a person may do, and compares it with a model after each step.
 *
 * @param fc the module `fast-check`
 * @param makeHarness gives a fresh, empty storage on each call
 */
export function playLedger(
  fc: Chance,
  makeHarness: () => Promise<LedgerPlayHarness>,
  options: PlayOptions,
): Promise<void> {
  type Act<Choice> = (play: LedgerPlay, choice: Choice) => Promise<void>;
  const which = fc.nat({ max: 40 });
  const some = fc.array(which, { minLength: 1, maxLength: 4, size: "max" });
  const limit = fc.constantFrom(1, 3, 50);
  const entity = fc.constantFrom("message:1", "message:2", "message:3");
  const name = fc.constantFrom("message.sent", "message.read", "profile.update");
  const event = fc.record({
    state: fc.constantFrom("a", "b", "c", "d", null),
    revision: fc.constantFrom(0, 1, 2, 3, 4, null),
    entity,
    name,
    days: fc.constantFrom(0, 1, 3),
  });
  const outcome = fc.constantFrom<Outcome>(handled, handled, handled, retry("no answer"), dead("gave up"));
  const filter = fc.record(
    {
      entity,
      name: fc.constantFrom("message.*", "message.sent", "profile.update"),
      status: fc.constantFrom(...statuses),
      text: fc.constantFrom("gave UP", "event 1", "no%"),
    },
    { requiredKeys: [] },
  );
  const knows = (play: LedgerPlay): boolean => play.knowsAnything;
  const isHandling = (play: LedgerPlay): boolean => play.isHandling;
  const act =
    <Choice>(name: string, run: Act<Choice>, check?: (play: LedgerPlay) => boolean) =>
    (choice: Choice) =>
      step(name, choice, run, check);

  const arrive = fc
    .array(event, { minLength: 1, maxLength: 4, size: "max" })
    .map(act("arrive", (play, events) => play.arrive(events)));
  const comeAgain = fc
    .record({
      which: some,
      how: fc.constantFrom<Coming>("again", "again", "first again", "repeat", "replay", "late replay"),
    })
    .map(act("come", (play, { which, how }) => play.comeAgain(which, how), knows));
  const comeBack = which.map(act("come back", (play, it) => play.comeBack(it)));
  const settle = fc
    .record({ which: some, outcome })
    .map(act("settle", (play, { which, outcome }) => play.settle(which, outcome), isHandling));
  const begin = which.map(act("begin", (play, it) => play.begin(it), isHandling));
  const announce = fc
    .record({ which, isNew: fc.boolean() })
    .map(act("announce", (play, { which, isNew }) => play.announce(which, isNew), knows));
  const removeDead = which.map(act("remove", (play, it) => play.removeDead(it), knows));
  const list = fc
    .record({ filter, limit })
    .map(act("list", (play, { filter, limit }) => play.list(filter, limit), knows));
  const timeline = fc
    .record({ which, limit })
    .map(act("timeline", (play, { which, limit }) => play.timeline(which, limit), knows));
  const read = limit.map(act("read", (play, limit) => play.read(limit)));
  const prune = fc.constantFrom(0, 2).map(act("prune", (play, days) => play.prune(days)));
  const reopen = fc.constant(null).map(act("reopen", (play) => play.reopen()));
  const linger = fc.constant(null).map(act("linger", (play) => play.linger()));

  const often = [arrive, arrive, comeAgain, comeAgain, settle, settle, settle];
  const steps = [
    ...often,
    ...often,
    begin,
    announce,
    removeDead,
    comeBack,
    list,
    timeline,
    read,
    prune,
    reopen,
    linger,
  ];
  return playAll(fc, steps, async () => LedgerPlay.begin(await makeHarness()), options);
}
