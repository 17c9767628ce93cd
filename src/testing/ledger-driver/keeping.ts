import type { EventId } from "../../event/envelope.ts";
import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import { aMessage } from "../builders.ts";
import {
  assertRecord,
  assertVerdict,
  dead,
  detailOf,
  duplicate,
  idsOf,
  type LedgerCase,
  process,
  repeatOf,
  replayOf,
  retry,
  walk,
} from "./harness.ts";

const long = "x".repeat(999);

/** Ids that are easily mixed up, or cut, or read as something else. */
const strangeIds = [
  "nul\u0000a",
  "nul\u0000b",
  "nul",
  "'; drop table events; --",
  'a "quoted" one',
  "back\\slash",
  "per%cent",
  "under_score",
  "🙂",
  "🙃",
  "Case",
  "case",
  "é",
  "e\u0301",
  "space",
  "space ",
  " space",
  "line\nbreak",
  "1",
  "1.0",
  "01",
  `${long}a`,
  `${long}b`,
  long,
  "🙂".repeat(500),
  "null",
  "\u001f",
] as const;

const bodies: readonly Uint8Array[] = [
  Uint8Array.from({ length: 256 }, (_, index) => index),
  Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d),
  Uint8Array.of(0x22, 0xff, 0xfe, 0xed, 0xa0, 0x80, 0x22),
  Uint8Array.of(0),
  new Uint8Array(),
  Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31) % 251),
];

/** Bytes and ids are kept as they came. */
export const keepingCases: readonly LedgerCase[] = [
  {
    name: "has a name",
    run: async ({ open }) => assert.notEqual(await (await open()).history(), ""),
  },
  {
    name: "keeps every byte of an event, whether text or not",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = bodies.map((body) => aMessage({ body }));
      for (const message of messages) await process(ledger, message);
      const check = async (from: typeof ledger): Promise<void> => {
        for (const { eventId, body } of messages) {
          const message = await from.message(eventId);
          assert.ok(message !== undefined);
          // Buffers are compared as a whole, not number by number.
          assert.ok(Buffer.from(body).equals(message.body), `${body.length} bytes`);
        }
      };

      await check(ledger);
      await ledger.close();
      await check(await open());
    },
  },
  {
    name: "keeps the bytes of an event whatever became of it",
    run: async ({ open }) => {
      const ledger = await open();
      const body = Uint8Array.of(0x22, 0xff, 0x00, 0x22);
      const newer = aMessage({ revision: 2, body });
      const older = aMessage({ revision: 1, entity: newer.entity, body });
      const [failed, retrying] = [aMessage({ body }), aMessage({ body })];
      await process(ledger, newer);
      await ledger.admit([older]);
      await process(ledger, failed, dead("gave up"));
      await process(ledger, retrying, retry("no answer"));

      for (const { eventId } of [newer, older, failed, retrying]) {
        assert.deepEqual(Buffer.from((await ledger.message(eventId))?.body ?? []), Buffer.from(body));
      }
    },
  },
  {
    name: "keeps events apart whose ids, entities and states are nearly the same",
    run: async ({ open }) => {
      const ledger = await open();
      const messages: Message[] = [];
      for (const id of strangeIds) {
        const message = aMessage({ eventId: id, entity: `e:${id}`, name: `n.${id}`, copy: `c:${id}` });
        messages.push(message);
        await process(ledger, message);
      }

      for (const message of messages) {
        const { eventId, entity, name } = message;
        await assertRecord(ledger, message, { eventId, entity, name, status: "handled", deliveries: 1 });
        assert.equal((await ledger.message(eventId))?.state, message.state);
        assert.deepEqual(idsOf(await ledger.timeline(entity, 10)), [eventId]);
        assert.deepEqual(idsOf(await walk(ledger, { entity }, 10)), [eventId]);
        assert.deepEqual(idsOf(await walk(ledger, { name }, 10)), [eventId]);
      }
      await ledger.close();
      const reopened = await open();
      for (const message of messages) await assertVerdict(reopened, repeatOf(message), duplicate);
      for (const message of messages) await assertRecord(reopened, message, { deliveries: 2 });
    },
  },
  {
    name: "keeps events whose texts are as long as they may be, and tells them apart",
    run: async ({ open }) => {
      const ledger = await open();
      const long = (end: string): string => `${"漢".repeat(999)}${end}`;
      const [one, other] = ["a", "b"].map((end) =>
        aMessage({
          eventId: long(end),
          name: long(end),
          entity: long(end),
          state: long(end).repeat(3),
          revision: 2,
        }),
      );
      assert.ok(one !== undefined && other !== undefined);
      await process(ledger, one);

      await assertVerdict(ledger, repeatOf(one), duplicate);
      await process(ledger, other);
      await assertVerdict(
        ledger,
        { ...repeatOf(one), eventId: "e" as EventId, revision: 1 },
        { kind: "obsolete", newest: 2 },
      );

      const { eventId, name, entity, state } = one;
      await assertRecord(ledger, one, { eventId, name, entity, deliveries: 2 });
      assert.deepEqual(idsOf(await walk(ledger, { name }, 10)).toSorted(), ["e", eventId].toSorted());
      assert.deepEqual(idsOf(await ledger.timeline(entity, 10)).toSorted(), ["e", eventId].toSorted());
      assert.equal((await ledger.message(eventId))?.state, state);
      await ledger.reopen(eventId, replayOf(one).copy);
      await assertRecord(ledger, one, { status: "pending" });
      await assertRecord(ledger, other, { status: "handled" });
    },
  },
  {
    name: "keeps long and strange errors",
    run: async ({ open }) => {
      const ledger = await open();
      const errors = ["", "nul\u0000 and 🙂", "half of a \ud83d", "x".repeat(20_000)];

      for (const error of errors) {
        const message = aMessage();
        await process(ledger, message, retry(error));
        await process(ledger, message, dead(error));

        const { error: told, attemptLog } = await detailOf(ledger, message);
        const tolds = [told, ...attemptLog.map((attempt) => attempt.error)].map((text) =>
          text?.toWellFormed(),
        );
        assert.deepEqual(
          tolds,
          [error, error, error].map((text) => text.toWellFormed()),
        );
      }
    },
  },
  {
    name: "leaves the message that it is given as it is",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      const before = structuredClone(message);

      await process(ledger, message, retry("no answer"));
      await process(ledger, message);

      assert.deepEqual(message, before);
    },
  },
];
