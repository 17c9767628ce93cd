import { afterAll, afterEach, beforeAll, expect } from "vitest";

/**
 * What would have ended the process, in each test of a file. Where tests run it would only fail the run, and while this
 * listens not even that; so a test fails that leaves any of it.
 */
export function unhandled(): readonly string[] {
  const fatal: string[] = [];
  const note = (error: unknown): void => void fatal.push(String(error));
  const assertNone = (): void => expect(fatal.splice(0)).toEqual([]);
  beforeAll(() => void process.on("unhandledRejection", note));
  afterEach(assertNone);
  afterAll(() => {
    process.off("unhandledRejection", note);
    assertNone();
  });
  return fatal;
}
