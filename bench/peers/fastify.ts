/** What a careful user writes with fastify and octokit's package: the text as it came, verified, parsed, not stored. */
import { verify } from "@octokit/webhooks-methods";
import { fastify } from "fastify";

const secret = process.env["HOOKWELL_SECRET"] ?? "";
const app = fastify();

app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) =>
  done(null, text),
);
app.post("/", async (request, reply) => {
  const text = String(request.body);
  if (!(await verify(secret, text, String(request.headers["x-hub-signature-256"])))) {
    return reply.code(401).send();
  }
  JSON.parse(text);
  return { ok: true };
});

await app.listen({ port: Number(process.env["PORT"]), host: "127.0.0.1" });
