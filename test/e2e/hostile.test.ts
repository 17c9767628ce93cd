import { expect, test } from "vitest";
import { sample } from "../../src/sandbox/samples.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { attackedBodyLimit } from "../support/attack/attack-deliveries.ts";
import { makeAttacks } from "../support/attack/attacks.ts";
import { peakMemoryMb } from "../support/memory.ts";
import { startProgram, type Program } from "../support/program/process.ts";
import { seedsOf, withSeed } from "../support/seeds.ts";
import { converse } from "../support/network/socket.ts";
import { tempFolder } from "../support/temp-folder.ts";

const attackCount = 2_500;
const attackers = 16;
/** What the process may hold in memory at its worst; at rest it holds about 150 MB. */
const mostMemoryMb = 400;

test.each(seedsOf([20_260_702]))(
  "thousands of hostile requests get the right answer each, and good events among them are kept (seed %i)",
  (seed) =>
    withSeed(seed, async () => {
      await using folder = await tempFolder();
      const env = { HOOKWELL_BODY_LIMIT: String(attackedBodyLimit) };
      await using program = await startProgram({ folder: folder.path, env });
      const attacks = makeAttacks(attackCount, seededRandom(seed));

      const wrong = await attackWith(program, attacks);

      expect(wrong).toEqual([]);
      expect((await program.send(sample("message.sent"))).status).toBe(200);
      await program.settled();
      for (const { eventId, body } of attacks.flatMap(({ kept = [] }) => kept)) {
        expect(Buffer.from((await program.body(eventId)) ?? [])).toEqual(body);
      }
      const known = await program.events();
      const absent = attacks.flatMap(({ absent = [] }) => absent);
      expect(absent.filter((eventId) => known.has(eventId))).toEqual([]);
      expect(peakMemoryMb(program.pid)).toBeLessThan(mostMemoryMb);
      expect(program.log.filter(({ level }) => level === "error")).toEqual([]);
    }),
);

/** Wrong answers, each with what was sent. */
async function attackWith(
  program: Program,
  attacks: ReturnType<typeof makeAttacks>,
): Promise<readonly string[]> {
  const left = [...attacks];
  const wrong: string[] = [];
  const attacker = async (): Promise<void> => {
    for (let attack = left.pop(); attack !== undefined; attack = left.pop()) {
      const { name, bytes, right, farewell } = attack;
      const { statuses } = await converse(program.url, bytes, farewell);
      const isRight = right.some((list) => list.join() === statuses.join());
      const sent = JSON.stringify(Buffer.from(bytes).toString("latin1")).slice(0, 300);
      if (!isRight) wrong.push(`${name} got ${statuses.join()} instead of ${right.join(" or ")}: ${sent}`);
    }
  };
  await Promise.all(Array.from({ length: attackers }, attacker));
  return wrong;
}
