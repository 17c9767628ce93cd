import { Hono, type HonoRequest } from "hono";
import { HTTPException } from "hono/http-exception";
import { channelIds } from "../lives/channels.ts";
import { type LifeKind, lives } from "../lives/lives.ts";
import type { EmitOptions, Faults, Sandbox } from "../sandbox.ts";
import { indexText } from "./index-text.ts";
import { jsonBody } from "./json-body.ts";
import { type Limits, noLimits, regions } from "./limits.ts";
import { bodyValidator } from "./validate.ts";

export interface ControlOptions {
  readonly limits: () => Limits;
  readonly setLimits: (changed: Partial<Limits>) => void;
}

/** The sandbox's own calls, which the sender does not have. They ask for no credentials. */
export function controlRoutes(sandbox: Sandbox, { limits, setLimits }: ControlOptions): Hono {
  const app = new Hono();
  app.get("/", (context) => context.text(indexText));
  app.get("/sandbox/deliveries", (context) => context.json(sandbox.deliveries()));
  app.get("/sandbox/dead", (context) => context.json(sandbox.dead()));
  app.get("/sandbox/messages", (context) => context.json(sandbox.messages()));
  app.get("/sandbox/faults", (context) => context.json(sandbox.faults));
  app.put("/sandbox/faults", async (context) => {
    const faults = await checked<Partial<Faults>>(context.req, anObject);
    inRange(() => sandbox.setFaults(faults));
    return context.json(sandbox.faults);
  });
  app.put("/sandbox/scenario", async (context) => {
    const { name } = await checked<{ readonly name: string | null }>(context.req, aScenario);
    inRange(() => sandbox.setScenario(name));
    return context.json(sandbox.faults);
  });
  app.get("/sandbox/limits", (context) => context.json(limits()));
  app.put("/sandbox/limits", async (context) => {
    setLimits(await checked<Partial<Limits>>(context.req, someLimits));
    return context.json(limits());
  });
  app.post("/sandbox/emit", async (context) => {
    const { name, ...options } = await checked<{ readonly name: string } & EmitOptions>(context.req, anEvent);
    return context.json(sandbox.emit(name, options), 201);
  });
  app.post("/sandbox/lives", async (context) => {
    const { kind, ...options } = await checked<{ readonly kind: LifeKind }>(context.req, aLife);
    sandbox.live(kind, options);
    return context.body(null, 202);
  });
  app.post("/sandbox/reset", (context) => {
    sandbox.reset();
    setLimits(noLimits);
    return context.body(null, 204);
  });
  return app;
}

const closed = (properties: object, ...required: readonly string[]): object => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});
const anObject = bodyValidator({ type: "object" });
const aScenario = bodyValidator(closed({ name: { type: ["string", "null"] } }, "name"));
const anEvent = bodyValidator(
  closed(
    {
      name: { type: "string", minLength: 1 },
      payload: { type: "object" },
      entityId: { type: "string" },
      revision: { type: "integer", minimum: 0 },
    },
    "name",
  ),
);
const someText = { type: "string", minLength: 1 };
const aLife = bodyValidator(
  closed(
    {
      kind: { enum: Object.keys(lives) },
      id: someText,
      profileId: someText,
      channel: { enum: channelIds },
    },
    "kind",
  ),
);
const someLimits = bodyValidator(
  closed({
    region: { enum: regions },
    rateLimit: { type: ["integer", "null"], minimum: 0 },
    legacyRateLimit: { type: "boolean" },
  }),
);

async function checked<T>(request: HonoRequest, check: (body: unknown) => void): Promise<T> {
  const body = await jsonBody(request);
  check(body);
  return body as T;
}

/** What the sandbox knows no such thing of is the caller's mistake. */
function inRange(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (error instanceof RangeError) throw new HTTPException(400, { message: error.message });
    throw error;
  }
}
