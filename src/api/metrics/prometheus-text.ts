import type { Buckets } from "./tally.ts";

/** Media type of the text; the version is that of the format. */
export const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

/** What follows the name of the metric, and a value. */
type Sample = readonly [suffix: string, value: number];

/** Metrics in the text format of Prometheus. */
export class PrometheusText {
  readonly #metrics: string[] = [];

  gauge(name: string, help: string, value: number): void {
    this.#add("gauge", name, help, [["", value]]);
  }

  gauges(name: string, help: string, label: string, values: ReadonlyMap<string, number>): void {
    this.#add("gauge", name, help, labelled(label, values));
  }

  counter(name: string, help: string, value: number): void {
    this.#add("counter", name, help, [["", value]]);
  }

  counters(name: string, help: string, label: string, values: ReadonlyMap<string, number>): void {
    this.#add("counter", name, help, labelled(label, values));
  }

  histogram(name: string, help: string, { bounds, cumulative, sum }: Buckets): void {
    const count = cumulative.at(-1) ?? 0;
    this.#add("histogram", name, help, [
      ...bounds.map((bound, index): Sample => [`_bucket{le="${bound}"}`, cumulative[index] ?? 0]),
      ['_bucket{le="+Inf"}', count],
      ["_sum", sum],
      ["_count", count],
    ]);
  }

  toString(): string {
    return this.#metrics.join("\n");
  }

  #add(
    type: "counter" | "gauge" | "histogram",
    name: string,
    help: string,
    samples: readonly Sample[],
  ): void {
    const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
    this.#metrics.push(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`);
  }
}

const labelled = (label: string, values: ReadonlyMap<string, number>): readonly Sample[] =>
  [...values].map(([word, value]) => [`{${label}="${escaped(word)}"}`, value]);

const escaped = (word: string): string =>
  word.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`);
