import { expect, test } from "vitest";
import { webUrl } from "./web-url.ts";

test.each(["http://127.0.0.1:4010", "https://hooks.example.com/a?b=c"])("%s is one", (written) => {
  expect(webUrl(written)?.href).toContain(written);
});

test.each(["hooks.example.com", "ftp://example.com/", "https://user:word@example.com/", 4010])(
  "%s is none",
  (written) => {
    expect(webUrl(written)).toBeUndefined();
  },
);
