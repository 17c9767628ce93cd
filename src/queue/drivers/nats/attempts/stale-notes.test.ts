import { expect, test } from "vitest";
import type { Session } from "../topology/session.ts";
import { StaleNotes } from "./stale-notes.ts";

interface Look {
  /** Of the newest note. */
  readonly notes: number;
  /** Of the oldest and the newest message. */
  readonly messages: readonly [oldest: number, newest: number];
  readonly created?: string;
  /** As in the session. */
  readonly reached?: number;
}

/** Up to which notes were forgotten at each of these looks. */
async function forgottenAt(...looks: readonly Look[]): Promise<readonly (number | undefined)[]> {
  const stale = new StaleNotes();
  const forgotten: (number | undefined)[] = [];
  for (const { notes, messages, created = "once", reached = 1 } of looks) {
    let upTo: number | undefined;
    const streams = {
      info: (name: string) =>
        Promise.resolve(
          name === "queue"
            ? { created: "once", state: { first_seq: messages[0], last_seq: messages[1] } }
            : { created, state: { last_seq: notes } },
        ),
      purge: (_name: string, { seq }: { readonly seq: number }) => Promise.resolve(void (upTo = seq - 1)),
    };
    await stale.forget({ stream: "queue", manager: { streams }, reached } as unknown as Session);
    forgotten.push(upTo);
  }
  return forgotten;
}

test("what was noted until a look is forgotten once all messages of that look are gone", async () => {
  const forgotten = await forgottenAt(
    { notes: 10, messages: [5, 8] },
    { notes: 12, messages: [8, 9] },
    { notes: 14, messages: [9, 12] },
    { notes: 15, messages: [12, 13] },
    { notes: 16, messages: [14, 13] },
  );

  expect(forgotten).toEqual([undefined, undefined, 10, undefined, 14]);
});

test("numbers of streams that are no more say nothing of those that were made in their place", async () => {
  const forgotten = await forgottenAt(
    { notes: 10, messages: [5, 8] },
    { notes: 3, messages: [9, 9], created: "anew" },
    { notes: 4, messages: [10, 10], created: "anew" },
  );

  expect(forgotten).toEqual([undefined, undefined, 3]);
});

test("numbers of a server that was started again say nothing: its stream may be older, and give them once more", async () => {
  const forgotten = await forgottenAt(
    { notes: 10, messages: [5, 8] },
    { notes: 12, messages: [9, 12], reached: 2 },
    { notes: 14, messages: [13, 14], reached: 2 },
  );

  expect(forgotten).toEqual([undefined, undefined, 12]);
});
