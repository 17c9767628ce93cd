import { expect, test } from "vitest";
import { withoutLogin, withoutPasswords } from "./without-login.ts";

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

test.for<[said: string, shown: string]>([
  ["Unknown option '--queu=redis://me:hidden@h:1/x'.", "Unknown option '--queu=redis://…@h:1/x'."],
  ['--port is "amqp://me:hid@d/e?n#@h": write', '--port is "amqp://…@h": write'],
  ["redis:/:hidden@h is not there", "redis:/…@h is not there"],
  ["amqp://me@one:5672,two:5672 refuses", "amqp://me@one:5672,two:5672 refuses"],
  ["http://127.0.0.1:3000/a@b and C:\\a:b@c", "http://127.0.0.1:3000/a@b and C:\\a:b@c"],
  ["https://h:x, and you@example.com", "https://h:x, and you@example.com"],
])("%j is said as %j", ([said, shown]) => {
  expect(withoutPasswords(said)).toBe(shown);
});
