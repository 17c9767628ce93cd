import { expect, test } from "vitest";
import { type Host, Hosts, NoHostError } from "./hosts.ts";
import { isCrowded } from "./is-crowded.ts";

const away: Host = { host: "away", port: 5432 };
const full: Host = { host: "full", port: 5432 };

const crowded = (): Error => Object.assign(new Error("too many connections"), { code: "53300" });

test("a call that others keep from a host is told what they heard there", async () => {
  const hosts = Hosts.of([away, full]);
  const refused = new Error("refused");
  const call = hosts.first(() => {
    hosts.passOver(hosts.current, refused);
    // Meanwhile another call asks the next one, in vain.
    hosts.passOver(full, crowded());
    return Promise.reject(refused);
  });

  const error = await call.catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(NoHostError);
  expect(error).toMatchObject({
    message: "away:5432: refused; full:5432: too many connections",
    failures: [{ host: "away:5432" }, { host: "full:5432" }],
  });
  expect(isCrowded(error)).toBe(true);
});

test("a call that can ask each host tells what it heard itself", async () => {
  const hosts = Hosts.of([full, away]);
  hosts.passOver(full, new Error("earlier"));
  hosts.passOver(away, new Error("earlier"));
  const call = hosts.first(() => {
    const error = new Error(`no answer by ${hosts.current.host}`);
    hosts.passOver(hosts.current, error);
    return Promise.reject(error);
  });

  await expect(call).rejects.toThrow("full:5432: no answer by full; away:5432: no answer by away");
});
