/** The bare client of Redis: entries of a body alone. */
import { serveRedis } from "../engines/serve-redis.ts";

await serveRedis(({ body }) => ["body", body as Buffer]);
