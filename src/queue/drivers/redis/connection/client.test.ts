import { expect, test } from "vitest";
import { SilentHosts } from "../../../../../test/support/network/silent-hosts.ts";
import { promptly, timed } from "../../../../testing/eventually.ts";
import { connectRedis } from "./client.ts";
import { redisPlace } from "./url.ts";

test("a queue that is closed while the package is loaded connects to nobody", async () => {
  await using hosts = await SilentHosts.start(1);
  const place = redisPlace(`redis://${hosts.text}`);

  await promptly(1_000, async () => {
    const closing = new AbortController();
    const connecting = connectRedis(place, async () => undefined, closing.signal);
    closing.abort();
    return (await timed(() => expect(connecting).rejects.toThrow("aborted"))).ms;
  });
});

test("a server that accepts the connection and is silent is told so", async () => {
  await using hosts = await SilentHosts.start(1);

  const connecting = connectRedis(
    redisPlace(`redis://${hosts.text}`),
    async () => undefined,
    new AbortController().signal,
  );

  await expect(connecting).rejects.toThrow(`${hosts.text} does not answer in 2500 ms`);
});
