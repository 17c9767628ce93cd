import { expect, test } from "vitest";
import { paletteFor } from "./palette.ts";
import { type Column, tableLines } from "./table.ts";

interface Row {
  readonly id: string;
  readonly count: number;
  readonly note: string;
}

const columns: readonly Column<Row>[] = [
  { title: "ID", cell: ({ id }) => id, cut: "middle" },
  { title: "COUNT", cell: ({ count }) => String(count), align: "right" },
  { title: "NOTE", cell: ({ note }) => note, cut: "end", paint: (text) => `<${text}>` },
];
const rows: readonly Row[] = [
  { id: "7b1d9e04-5c3f-4c9a-9b1e-2f6d8a7c0e55", count: 7, note: "ok" },
  { id: "short", count: 12_345, note: "the handler failed because the database was away" },
];
const palette = paletteFor(false, {});
const terminal = (columns: number) => ({ isTTY: true, columns, palette });
const pipe = (columns: number) => ({ isTTY: false, columns, palette });

test("a table fits the terminal, cutting what is widest", () => {
  const lines = tableLines(columns, rows, terminal(50));

  expect(lines).toEqual([
    "ID                    COUNT  NOTE",
    "7b1d9e04-5…d8a7c0e55      7  <ok                   >",
    "short                 12345  <the handler failed b…>",
  ]);
});

test("titles are dimmed, and colours take no width", () => {
  const colours = paletteFor(true, { FORCE_COLOR: "1" });
  const red = { title: "RED", cell: ({ id }: Row) => id.slice(0, 5), paint: colours.bad };

  const lines = tableLines([red, ...columns.slice(1, 2)], rows, {
    isTTY: true,
    columns: 80,
    palette: colours,
  });

  expect(lines).toEqual([
    colours.dim("RED    COUNT"),
    `${colours.bad("7b1d9")}      7`,
    `${colours.bad("short")}  12345`,
  ]);
});

test("no line ends with blanks", () => {
  const note = { title: "THE NOTE", cell: ({ note }: Row) => note };

  const lines = tableLines([note], rows, pipe(80));

  expect(lines.slice(0, 2)).toEqual(["THE NOTE", "ok"]);
});

test("in a pipe nothing is cut", () => {
  const lines = tableLines(columns, rows, pipe(20));

  expect(lines[1]).toContain("7b1d9e04-5c3f-4c9a-9b1e-2f6d8a7c0e55      7  <ok");
  expect(lines[2]).toContain("because the database was away");
});

test("an optional column is left out where there is no room for it, or nothing in it", () => {
  const optional = [
    ...columns.slice(0, 2),
    { title: "", cell: ({ note }: Row) => note, cut: "end" as const, least: 20, optional: true },
  ];

  const narrow = tableLines(optional, rows, terminal(30));
  const wide = tableLines(optional, rows, terminal(45));
  const empty = tableLines(optional, [{ id: "a", count: 1, note: "" }], pipe(80));

  expect(narrow[2]).toBe("short                    12345");
  expect(wide[2]).toMatch(/^short +12345 {2}the handler failed …$/);
  expect(empty).toEqual(["ID  COUNT", "a       1"]);
});

test("optional columns go one by one, the last first, until the rest fits", () => {
  const some = [columns[0], { ...columns[1], optional: true }, { ...columns[2], optional: true }].filter(
    (column): column is Column<Row> => column !== undefined,
  );

  const narrow = tableLines(some, rows, terminal(20));
  const narrower = tableLines(some, rows, terminal(12));

  expect(narrow[0]).toBe("ID             COUNT");
  expect(narrower[0]).toBe("ID");
});

test("where the least widths do not fit either, columns are cut below them", () => {
  const wide = columns.map((column) => ({ ...column, least: 20 }));
  const optional = { title: "OPTIONAL", cell: () => "x", optional: true };

  const lines = tableLines([...wide, optional], rows, terminal(30));

  expect(lines[2]).toBe("short       12345  <the handle…>");
});

test("columns that may not be cut stay whole, however narrow the terminal is", () => {
  const large = rows.map((row) => ({ ...row, count: row.count * 10 ** 6 }));

  const lines = tableLines(columns, large, terminal(10));

  expect(lines[2]).toBe("short     12345000000  <the han…>");
});
