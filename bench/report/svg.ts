import type { Chart, Line } from "./chart.ts";
import { type Scale, scaleOf } from "./scale.ts";

const size = { width: 720, height: 400 };
const plot = { left: 64, right: 28, top: 88, bottom: 52 };
const inner = {
  width: size.width - plot.left - plot.right,
  height: size.height - plot.top - plot.bottom,
};

/** Colours that people with weak colour vision can tell apart, for a light and for a dark ground. */
const light = ["#0072b2", "#d55e00", "#007a5a", "#7b4fa0"];
const dark = ["#56b4e9", "#f0914a", "#3fc79a", "#c39be0"];
const dashes = ["", "7 4", "2 3", "9 3 2 3"];

const style = (colours: readonly string[], ground: string, ink: string, faint: string): string =>
  [
    `.ground{fill:${ground}}`,
    `text{fill:${ink}}`,
    `.grid{stroke:${faint}}`,
    ...colours.map((colour, index) => `.line${index}{stroke:${colour}}`),
  ].join("");

/** A chart as a picture that brings its own ground, light or dark as the reader has it. */
export function svgOf(chart: Chart): string {
  const points = chart.lines.flatMap((line) => line.points);
  const x = scaleOf(
    chart.x,
    points.map(([value]) => value),
  );
  const y = scaleOf(
    chart.y,
    points.map(([, value]) => value),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(chart.title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<style>${style(light, "#ffffff", "#1f2328", "#d8dee4")}@media (prefers-color-scheme: dark){${style(dark, "#0d1117", "#e6edf3", "#30363d")}}</style>`,
    `<rect class="ground" width="100%" height="100%" rx="6"/>`,
    `<text x="${plot.left}" y="28" font-size="15" font-weight="600">${escape(chart.title)}</text>`,
    ...legend(chart.lines),
    ...grid(x, y),
    `<text x="${plot.left + inner.width / 2}" y="${size.height - 12}" text-anchor="middle">${escape(chart.x.label)}</text>`,
    `<text x="${plot.left - 8}" y="${plot.top - 12}" text-anchor="end">${escape(chart.y.label)}</text>`,
    ...chart.lines.map((line, index) => curve(line, index, x, y)),
    "</svg>\n",
  ].join("\n");
}

const across = (scale: Scale, value: number): number => fixed(plot.left + scale.at(value) * inner.width);
const up = (scale: Scale, value: number): number => fixed(plot.top + (1 - scale.at(value)) * inner.height);
const fixed = (value: number): number => Number(value.toFixed(1));

function legend(lines: readonly Line[]): readonly string[] {
  return lines.map(({ name }, index) => {
    const [x, y] = [plot.left + (index % 2) * 310, 50 + Math.floor(index / 2) * 17];
    return `<path class="line${index}" d="M${x} ${y - 4}h24" fill="none" stroke-width="2.5" stroke-dasharray="${dashes[index] ?? ""}"/><text x="${x + 30}" y="${y}">${escape(name)}</text>`;
  });
}

function grid(x: Scale, y: Scale): readonly string[] {
  const bottom = plot.top + inner.height;
  return [
    ...y.ticks.map(({ value, text }) => {
      const at = up(y, value);
      return `<path class="grid" d="M${plot.left} ${at}h${inner.width}"/><text x="${plot.left - 8}" y="${at + 4}" text-anchor="end">${text}</text>`;
    }),
    ...x.ticks.map(({ value, text }) => {
      const at = across(x, value);
      return `<path class="grid" d="M${at} ${bottom}v5"/><text x="${at}" y="${bottom + 18}" text-anchor="middle">${text}</text>`;
    }),
  ];
}

function curve({ points }: Line, index: number, x: Scale, y: Scale): string {
  const path = points.map(([a, b], step) => `${step === 0 ? "M" : "L"}${across(x, a)} ${up(y, b)}`).join("");
  const dots = points.length > 40 ? [] : points;
  return (
    `<path class="line${index}" d="${path}" fill="none" stroke-width="2.5" stroke-linejoin="round" stroke-dasharray="${dashes[index] ?? ""}"/>` +
    dots
      .map(
        ([a, b]) =>
          `<circle class="line${index} ground" cx="${across(x, a)}" cy="${up(y, b)}" r="2.5" stroke-width="1.5"/>`,
      )
      .join("")
  );
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
