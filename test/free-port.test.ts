import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { freePort } from "./support/network/free-port.ts";

/** What another process gets whose first draw is this port. */
async function portOfAnother(drawn: string): Promise<string> {
  const program = `
    const draw = Math.random;
    Math.random = () => { Math.random = draw; return (${drawn} - 10_000 + 0.5) / 10_000; };
    const { freePort } = await import(${JSON.stringify(new URL("support/network/free-port.ts", import.meta.url).href)});
    process.stdout.write(await freePort());`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  const [port] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return port;
}

test("a port is nobody else's until its process ends, although nobody listens on it", async () => {
  const mine = await freePort();

  const other = await portOfAnother(mine);

  expect(other).toMatch(/^1\d{4}$/);
  expect(other).not.toBe(mine);
  // That process has ended, so its port is the next one's.
  expect(await portOfAnother(other)).toBe(other);
});
