import type { StreamInfo } from "@nats-io/jetstream";

/** What is wrong with a stream that loses events that still wait, and what to do; undefined if it keeps all. */
export function forgetfulness({ config }: StreamInfo): string | undefined {
  const { discard, max_msgs, max_bytes, max_age, max_msgs_per_subject, storage } = config;
  if (storage === "memory")
    return "a stream in the memory of the server: delete it, so that it is made in a file";
  const ought = [
    // Without a limit nothing is thrown away.
    ...(discard !== "new" && (max_msgs > 0 || max_bytes > 0) ? ["discard=new"] : []),
    ...(max_age > 0 ? ["max_age=0"] : []),
    ...(max_msgs_per_subject > 0 ? ["max_msgs_per_subject=-1"] : []),
  ];
  return ought.length === 0
    ? undefined
    : `a stream that forgets events by itself: set ${ought.join(" and ")}`;
}
