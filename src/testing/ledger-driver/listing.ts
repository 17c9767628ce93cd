import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import type { LedgerDriver } from "../../ledger/driver.ts";
import type { EventFilter } from "../../ledger/record.ts";
import { aMessage } from "../builders.ts";
import { bytesOf } from "../bytes.ts";
import { assertVerdict, dead, idsOf, type LedgerCase, process, recordOf, retry, walk } from "./harness.ts";

/** So far back that no event of a case is in the future. */
const noon = Date.now() - 3_600_000;

const fill = async (ledger: LedgerDriver): Promise<Record<string, Message>> => {
  const of = (minute: number, name: string, entity: string, text: string, revision = 1): Message =>
    aMessage({
      receivedAt: noon + minute * 60_000,
      name,
      entity,
      revision,
      body: bytesOf(`{"text":"${text}"}`),
    });
  const messages = {
    sent: of(1, "message.sent", "message:1", "Hello World"),
    read: of(2, "message.read", "message:1", "100% of WORLDS", 3),
    late: of(3, "message.delivered", "message:1", "hello_world", 2),
    failed: of(4, "message.failed", "message:2", "Grüße, 世界"),
    tried: of(5, "message.sent", "message:3", "1000 worlds"),
    profile: of(6, "profile.update", "profile:1", "name"),
  };
  for (const message of [messages.sent, messages.read, messages.profile]) await process(ledger, message);
  await assertVerdict(ledger, messages.late, { kind: "obsolete", newest: 3 });
  await process(ledger, messages.failed, dead("Timeout after 10 s, Ärger in C:\\Temp"));
  await process(ledger, messages.tried, retry("ECONNREFUSED 127.0.0.1"));
  return messages;
};

/** Filter → names of the events in `fill` that it finds, newest first. */
const questions: readonly (readonly [EventFilter, readonly string[]])[] = [
  [{}, ["profile", "tried", "failed", "late", "read", "sent"]],
  [{ status: "handled" }, ["profile", "read", "sent"]],
  [{ status: "obsolete" }, ["late"]],
  [{ status: "dead" }, ["failed"]],
  [{ status: "retrying" }, ["tried"]],
  [{ status: "pending" }, []],
  [{ name: "message.sent" }, ["tried", "sent"]],
  [{ name: "message.sen" }, []],
  [{ name: "message.*" }, ["tried", "failed", "late", "read", "sent"]],
  [{ name: "message.r*", status: "handled" }, ["read"]],
  [{ entity: "message:1" }, ["late", "read", "sent"]],
  [{ entity: "message:" }, []],
  [{ since: noon + 4 * 60_000 }, ["profile", "tried", "failed"]],
  [{ since: noon + 4 * 60_000 + 1 }, ["profile", "tried"]],
  [{ until: noon + 3 * 60_000 }, ["read", "sent"]],
  [{ until: noon + 3 * 60_000 + 1 }, ["late", "read", "sent"]],
  [{ since: noon + 2 * 60_000, until: noon + 4 * 60_000 }, ["late", "read"]],
  [{ since: noon + 7 * 60_000 }, []],
  [{ name: "message.*", since: noon + 4 * 60_000 }, ["tried", "failed"]],
  [{ name: "message.*", since: noon + 4 * 60_000 + 1 }, ["tried"]],
  [{ name: "message.*", until: noon + 3 * 60_000 }, ["read", "sent"]],
  [{ name: "message.*", until: noon + 3 * 60_000 + 1 }, ["late", "read", "sent"]],
  [{ status: "handled", since: noon + 2 * 60_000 }, ["profile", "read"]],
  [{ status: "handled", until: noon + 6 * 60_000 }, ["read", "sent"]],
  [{ entity: "message:1", since: noon + 2 * 60_000 }, ["late", "read"]],
  [{ entity: "message:1", until: noon + 3 * 60_000 }, ["read", "sent"]],
  [{ entity: "message:1", status: "handled" }, ["read", "sent"]],
  [{ entity: "message:1", name: "message.r*" }, ["read"]],
  [{ entity: "message:1", text: "world" }, ["late", "read", "sent"]],
  [{ entity: "message:3", text: "world" }, ["tried"]],
  [{ until: noon }, []],
  [{ text: "world" }, ["tried", "late", "read", "sent"]],
  [{ text: "HELLO" }, ["late", "sent"]],
  [{ text: "o w" }, ["sent"]],
  // No wildcards.
  [{ text: "100%" }, ["read"]],
  [{ text: "o_w" }, ["late"]],
  [{ text: "*" }, []],
  // Letters beyond A to Z are found as they are written.
  [{ text: "grüße" }, ["failed"]],
  [{ text: "GRÜSSE" }, []],
  [{ text: "世界" }, ["failed"]],
  // The error is searched as well, and so is what looks like the syntax of a query.
  [{ text: "econnrefused" }, ["tried"]],
  [{ text: "TIMEOUT AFTER" }, ["failed"]],
  [{ text: "Ärger" }, ["failed"]],
  [{ text: "c:\\temp" }, ["failed"]],
  [{ text: "c:\\\\temp" }, []],
  [{ text: "'" }, []],
  // Text that no event can hold, and text that is longer than any event.
  [{ text: "}\0" }, []],
  [{ text: "x".repeat(60_000) }, []],
  [{ text: '"text":"hello' }, ["late", "sent"]],
  [{ name: "message.sent", status: "handled" }, ["sent"]],
  [{ entity: "message:1", text: "world", until: noon + 3 * 60_000 }, ["read", "sent"]],
  [{ entity: "message:1", name: "profile.update" }, []],
  [{ status: "dead", text: "gr", since: noon, until: noon + 5 * 60_000 }, ["failed"]],
];

/** Which events a list shows. */
export const listingCases: readonly LedgerCase[] = [
  {
    name: "lists newest first, by any filter and any combination",
    run: async ({ open }) => {
      let ledger = await open();
      const messages = await fill(ledger);
      const nameOf = new Map(
        Object.entries(messages).map(([name, { eventId }]) => [eventId as string, name]),
      );

      for (const round of ["at once", "after opening again"]) {
        for (const [filter, expected] of questions) {
          for (const limit of [1, 10]) {
            const found = idsOf(await walk(ledger, filter, limit)).map((id) => nameOf.get(id));
            assert.deepEqual(found, expected, `${JSON.stringify(filter)} ${round}, pages of ${limit}`);
          }
        }
        await ledger.close();
        ledger = await open();
      }
    },
  },
  {
    name: "lists records as they are told one by one",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = await fill(ledger);

      const items = await walk(ledger, {}, 10);

      const expected = await Promise.all(Object.values(messages).map((message) => recordOf(ledger, message)));
      assert.deepEqual(items, expected.toReversed());
    },
  },
  {
    // Several receivers fill one queue, and an event that was retried comes late.
    name: "lists by the time of receipt, whatever the order of admission",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = [3, 1, 4, 2, 0].map((minute, index) =>
        aMessage({ name: `message.n${index}`, receivedAt: noon + minute * 60_000 }),
      );

      for (const message of messages) await process(ledger, message);

      const expected = messages.toSorted((a, b) => b.receivedAt - a.receivedAt);
      assert.deepEqual(idsOf(await walk(ledger, {}, 2)), idsOf(expected));
      assert.deepEqual(idsOf(await walk(ledger, { name: "message.*" }, 2)), idsOf(expected));
      const some = await walk(ledger, { since: noon + 60_000, until: noon + 4 * 60_000 }, 2);
      assert.deepEqual(idsOf(some), idsOf(expected.slice(1, 4)));
    },
  },
  {
    name: "lists by names that have any sign in them, whole and by their beginning",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = ["a\\b", "a\\\\b", "a\0b", "a%b", "a_b"].map((name) => aMessage({ name }));
      for (const message of messages) await process(ledger, message);

      for (const message of messages) {
        for (const name of [message.name, `${message.name}*`])
          assert.deepEqual(idsOf(await walk(ledger, { name }, 10)), idsOf([message]), JSON.stringify(name));
      }
    },
  },
  {
    name: "lists nothing when there is nothing",
    run: async ({ open }) => {
      const ledger = await open();

      assert.deepEqual(await walk(ledger, {}, 10), []);
      assert.deepEqual(await walk(ledger, { text: "nothing", status: "dead" }, 10), []);
    },
  },
  {
    name: "lists an event once, under what it is now",
    run: async ({ open }) => {
      const ledger = await open();
      const message = aMessage();
      await process(ledger, message, retry("no answer"));
      await process(ledger, message, retry("refused"));

      await process(ledger, message);

      assert.deepEqual(idsOf(await walk(ledger, {}, 10)), idsOf([message]));
      assert.deepEqual(idsOf(await walk(ledger, { status: "handled" }, 10)), idsOf([message]));
      assert.deepEqual(await walk(ledger, { status: "retrying" }, 10), []);
      assert.deepEqual(await walk(ledger, { text: "refused" }, 10), []);
    },
  },
];
