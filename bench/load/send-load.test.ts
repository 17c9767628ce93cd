import { expect, test } from "vitest";
import type { Job } from "./job.ts";
import { shared } from "./send-load.ts";

const signing = { secret: "a-secret", algorithm: "sha1", header: "x-comapi-signature", prefix: "" } as const;
const job: Job = {
  port: 1,
  path: "/",
  connections: 5,
  batch: 1,
  signing,
  expected: null,
  rate: 300,
  warmUpSeconds: 1,
  until: { requests: 101 },
};

test("the parts of a job are together as large as the whole", () => {
  const [first, second] = shared(job, 2);

  expect(first).toMatchObject({ connections: 3, rate: 150, until: { requests: 51 } });
  expect(second).toMatchObject({ connections: 2, rate: 150, until: { requests: 50 } });
});

test("a job without a rate or an end by requests keeps its pace and its time", () => {
  const parts = shared({ ...job, rate: null, until: { seconds: 4 } }, 2);

  expect(parts.map(({ rate, until }) => ({ rate, until }))).toEqual([
    { rate: null, until: { seconds: 4 } },
    { rate: null, until: { seconds: 4 } },
  ]);
});
