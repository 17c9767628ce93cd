import { expect, test } from "vitest";
import { withoutLogin } from "./without-login.ts";

test.for<[written: string, shown: string]>([
  ["https://hooks.example.com", "https://hooks.example.com"],
  ["https://me:hidden@hooks.example.com/a", "https://…@hooks.example.com/a"],
  ["https://hidden@hooks.example.com", "https://…@hooks.example.com"],
  ["ftp://me:hidden@host/", "ftp://…@host/"],
  ["postgres://me@server:hid@den@host/x", "postgres://…@host/x"],
  ["http://me:1/hid'd\"en #?\n@[::1]:80", "http://…@[::1]:80"],
  ["--queu=redis://me:hidden@host", "--queu=redis://…@host"],
  ["me:hidden@host", "…@host"],
  ["http//me:hid@den@host", "…@host"],
  ["me:hidden@http://host", "…@http://host"],
  ["nope", "nope"],
])("%j is shown as %j", ([written, shown]) => {
  expect(withoutLogin(written)).toBe(shown);
});
