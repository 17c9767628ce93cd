import { createServer } from "node:http";
import { expect, test } from "vitest";
import { testServer } from "../../test/support/network/http-server.ts";
import { ConfigError } from "../errors.ts";
import { listen } from "./listen.ts";

test("the system chooses a port if none is asked for", async () => {
  const server = createServer((_request, response) => response.end("here"));

  const port = await listen(server, 0, "127.0.0.1");

  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("here");
  server.close();
});

test("a port that another program has is a mistake in the setting, with a way out", async () => {
  await using other = await testServer(() => undefined);
  const port = Number(new URL(other.url).port);

  const listening = listen(createServer(), port, "127.0.0.1");

  await expect(listening).rejects.toThrow(ConfigError);
  await expect(listening).rejects.toThrow(`PORT (--port) is ${port}, which another program uses already`);
  await expect(listening).rejects.toMatchObject({ mayPass: true });
});

test("an address that the machine does not have may come yet, while it starts", async () => {
  const listening = listen(createServer(), 0, "203.0.113.7");

  await expect(listening).rejects.toMatchObject({ mayPass: true });
});

test("what no time cures says so", async () => {
  const listening = listen(createServer(), 0, "not a host");

  await expect(listening).rejects.toMatchObject({ mayPass: false });
});

test.each(["203.0.113.7", "no.such.host.invalid", "not a host"])(
  "the host %s is none of this machine's, and that is a mistake in the setting",
  async (host) => {
    const listening = listen(createServer(), 0, host);

    await expect(listening).rejects.toThrow(ConfigError);
    await expect(listening).rejects.toThrow(`HOST (--host) is ${host}, which is no address of this machine`);
  },
);

test("an IPv6 address in the brackets of a URL is told without them", async () => {
  const listening = listen(createServer(), 0, "[::1]");

  await expect(listening).rejects.toThrow(
    "HOST (--host) is [::1]: write ::1, without the brackets of a URL.",
  );
});

test("a server that could not listen may try once more", async () => {
  await using other = await testServer(() => undefined);
  const server = createServer();
  await expect(listen(server, Number(new URL(other.url).port), "127.0.0.1")).rejects.toThrow(ConfigError);

  const port = await listen(server, 0, "127.0.0.1");

  expect(port).toBeGreaterThan(0);
  server.close();
});
