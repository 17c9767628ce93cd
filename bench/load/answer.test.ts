import { expect, test } from "vitest";
import { readAnswer } from "./answer.ts";

const answers = [
  {
    how: "with its length",
    text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    answer: { status: 200, body: "{}" },
  },
  {
    how: "in chunks",
    text: "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n",
    answer: { status: 401, body: "abc0123456789abcdefg" },
  },
  {
    how: "with an empty body",
    text: "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n",
    answer: { status: 413, body: "" },
  },
];

test.each(answers)("an answer $how is read once it is whole, however it was cut", ({ text, answer }) => {
  for (let end = 0; end < text.length; end += 1) expect(readAnswer(text.slice(0, end))).toBeUndefined();

  expect(readAnswer(text)).toEqual(answer);
});
