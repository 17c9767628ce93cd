import { expect, test } from "vitest";
import { etagFamilies, etagOf } from "./etag.ts";
import { sample, sampleNames } from "./samples.ts";

const withEtag = sampleNames.map(sample).filter(({ etag }) => etag !== undefined);

test("the etag of a chat is the published check value", () => {
  const etag = etagOf("chat", "9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", 6);

  expect(etag).toBe('"2b-fa7NIOuhU6Ub5dhl0xgeD0Ps17M"');
});

test.each(withEtag)(
  "the etag of the sample $name follows from id and revision",
  ({ name, payload, revision, etag }) => {
    const [family = ""] = name.split(".");

    expect(etag).toBe(etagOf(family, String(payload?.["id"]), Number(revision)));
  },
);

test("every sample of a family with etags that has a revision has an etag", () => {
  const expected = sampleNames
    .map(sample)
    .filter(
      ({ name, revision }) => revision !== undefined && etagFamilies.includes(name.split(".")[0] ?? ""),
    );

  expect(withEtag).toEqual(expected);
});
