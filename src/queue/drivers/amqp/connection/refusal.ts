import { ConfigError } from "../../../../errors.ts";
import { type EngineUrl, queueUrlError } from "../../../../lib/engines/engine-url.ts";
import { codeOf } from "../../../../lib/error-code.ts";
import { isError } from "../../../../lib/is-error.ts";
import { tlsProblemOf } from "../../../../lib/engines/tls-alert.ts";
import { type AmqpTarget, guest } from "./url.ts";
import { plain, reasonOf } from "../errors.ts";

/** What a person must change before this server can be used; undefined if waiting may help. */
export function refusalOf(error: unknown, { url, name }: AmqpTarget): ConfigError | undefined {
  if (error instanceof ConfigError) return error;
  const advice = adviceFor(error, url, name);
  return advice === undefined ? undefined : queueUrlError(advice, plain(error));
}

function adviceFor(error: unknown, { shown, path, user }: EngineUrl, name: string): string | undefined {
  const code = codeOf(error);
  if (!isError(error) || code === undefined) return undefined;
  const isLogin = /ConnectionStart|login|auth/i.test(error.message);
  if (code === "ACCESS_REFUSED" && isLogin) {
    const taken = user === undefined ? `; without a user in the URL it is ${guest}` : "";
    return `is refused by ${shown}: check user and password${taken}`;
  }
  if (code === "ACCESS_REFUSED") {
    return `has a user of ${shown} without enough rights: let ${user ?? guest} configure, write and read ^${name}([.].*)?$`;
  }
  // Connections and channels of a process that is gone still count for a while.
  if (code === "NOT_ALLOWED" && /connection limit|number of channels/.test(error.message)) return undefined;
  if (code === "NOT_ALLOWED") {
    const vhost = path.length > 1 ? path.slice(1) : "/";
    return `is refused by ${shown}: create the virtual host ${vhost} and let the user ${user ?? guest} in`;
  }
  if (code === "PRECONDITION_FAILED" && !error.message.includes("inequivalent")) {
    return `is refused by ${shown}: ${reasonOf(error)}`;
  }
  if (code === "PRECONDITION_FAILED") {
    return `names ${shown}, where queues of the name ${name} have other settings: take another ?name=, or delete them once they are empty`;
  }
  return tlsProblemOf(error, shown, "check the port, and ?cacertfile=");
}
