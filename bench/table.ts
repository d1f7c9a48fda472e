import { type Figures, type Goal, missedBy, ratioOf, type Row } from './figures.ts';

const HEAD = ['', 'unit', 'ours p50', 'p99', 'max', 'floor p50', 'p99', 'max', 'ratio', 'goal', 'met'];

/** All rows under one another, columns aligned, and below them what has to be known of some. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const aligned = lines.map((line) =>
    line.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    ),
  );
  const [head = [], ...body] = aligned.map((line) => line.join('  ').trimEnd());
  const notes = rows.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]));
  return [head, '-'.repeat(head.length), ...body, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const ratio = ratioOf(row);
  return [
    row.name,
    row.unit,
    ...shown(row.ours),
    ...(row.floor === null ? ['-', '', ''] : shown(row.floor)),
    ratio === null ? '' : ratio.toFixed(2),
    row.goal === null ? '' : goalOf(row.goal),
    metOf(row),
  ];
}

/** A single value has no spread. */
function shown({ rounds, p50, p99, max }: Figures): readonly string[] {
  return rounds.flat().length === 1 ? [number(p50), '', ''] : [p50, p99, max].map(number);
}

function goalOf(goal: Goal): string {
  const bound = 'atMost' in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`;
  return goal.of === 'ratio' ? `${bound} x` : `${goal.of === 'p99' ? 'p99 ' : ''}${bound}`;
}

function metOf(row: Row): string {
  const missed = missedBy(row);
  if (missed === null) return '';
  // A figure that is no number has met nothing.
  return missed <= 0 ? 'met' : `missed by ${number(missed)}`;
}

function number(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
