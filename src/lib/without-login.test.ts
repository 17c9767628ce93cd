import { expect, test } from "vitest";
import { withoutLogin } from "./without-login.ts";

test.for<[text: string, shown: string]>([
  ["https://hooks.example.com", "https://hooks.example.com"],
  ["https://me:hidden@hooks.example.com/a@b?c=@", "https://hooks.example.com/a@b?c=@"],
  ["https://hidden@hooks.example.com", "https://hooks.example.com/"],
  ["ftp://me:hidden@host/", "ftp://host/"],
  ["me:hidden@host", "…@host"],
  ["http//me:hid@den@host", "…@host"],
  ["http://me:hid\nden@host:x", "…@host:x"],
  ["nope", "nope"],
])("%j is shown as %j", ([text, shown]) => {
  expect(withoutLogin(text)).toBe(shown);
});
