import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";

export interface Response {
  readonly status: number;
  readonly text: string;
}

/** A GET on a connection of its own, without the warm-up that `fetch` needs. */
export async function ask(port: number, path: string, token?: string): Promise<Response> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = get({ port, path, headers, host: "127.0.0.1", agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.setEncoding("utf8");
  let text = "";
  for await (const part of response) text += part as string;
  return { status: response.statusCode ?? 0, text };
}

/** Whether `GET path` answers 200. */
export function answersOk(port: number, path: string): Promise<boolean> {
  return ask(port, path).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** Whether somebody listens. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
