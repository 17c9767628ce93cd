/** The client of Redis that also writes what others look for, each in a field of its own. */
import { serveRedis } from "../engines/serve-redis.ts";

await serveRedis(({ name, eventId, entity, revision, occurredAt, body }) => {
  const about = ["event", name, "eventId", eventId, "entity", entity];
  return [...about, "revision", String(revision), "occurredAt", String(occurredAt), "body", body as Buffer];
});
