import { expect, test } from "vitest";
import { PrometheusText } from "./prometheus-text.ts";
import { Buckets } from "./tally.ts";

test("metrics stand one after the other in the text format of Prometheus", () => {
  const times = new Buckets([0.5, 10]);
  for (const seconds of [0.25, 2, 99]) times.add(seconds);
  const text = new PrometheusText();

  text.counters("hookwell_hits_total", "Hits.", "by", new Map([['a"\\\n', 2]]));
  text.gauge("hookwell_age_seconds", "Age.", 1.5);
  text.histogram("hookwell_wait_seconds", "Waits.", times);

  expect(text.toString()).toBe(String.raw`# HELP hookwell_hits_total Hits.
# TYPE hookwell_hits_total counter
hookwell_hits_total{by="a\"\\\n"} 2

# HELP hookwell_age_seconds Age.
# TYPE hookwell_age_seconds gauge
hookwell_age_seconds 1.5

# HELP hookwell_wait_seconds Waits.
# TYPE hookwell_wait_seconds histogram
hookwell_wait_seconds_bucket{le="0.5"} 1
hookwell_wait_seconds_bucket{le="10"} 2
hookwell_wait_seconds_bucket{le="+Inf"} 3
hookwell_wait_seconds_sum 101.25
hookwell_wait_seconds_count 3
`);
});
