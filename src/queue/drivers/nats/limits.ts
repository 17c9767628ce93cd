import type { StreamInfo } from "@nats-io/jetstream";

/** What is wrong with a stream that throws away events that still wait, and what to set; undefined if it keeps all. */
export function forgetfulness({ config }: StreamInfo): string | undefined {
  const { discard, max_msgs, max_bytes, max_age, max_msgs_per_subject } = config;
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
