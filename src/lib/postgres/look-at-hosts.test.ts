import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { unusableHosts } from "./look-at-hosts.ts";

/** A server that refuses everybody with these fields of its error. */
async function refusing(
  fields: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { host: string }> {
  const body = Object.entries({ S: "FATAL", ...fields }).map(([field, text]) => `${field}${text}\0`);
  const text = `${body.join("")}\0`;
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + text.length);
  const refusal = Buffer.concat([Buffer.from("E"), length, Buffer.from(text)]);
  const server = createServer((socket) =>
    socket.on("error", () => undefined).once("data", () => socket.end(refusal)),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      await once(server.close(), "close");
    },
  };
}

test("what a server lacks is told; only that a standby cannot be serializable passes, in any language", async () => {
  await using standby = await refusing({
    C: "0A000",
    M: "Serializable-Modus kann nicht in einem Hot Standby verwendet werden",
    R: "GetSerializableTransactionSnapshot",
  });
  await using other = await refusing({ C: "0A000", M: "unsupported frontend protocol", R: "ProcessStartup" });

  const failures = await unusableHosts(`postgres://${standby.host},${other.host}/app`, "queue");

  expect(failures).toMatchObject([{ host: other.host, error: { message: "unsupported frontend protocol" } }]);
});
