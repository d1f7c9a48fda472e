import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { Mistake, Path, Step } from './mistake.ts';
import { PolicyError } from './problem.ts';
import { isKeyed, isKeyedList, isMap, keyOf, type YamlMap } from './yaml-map.ts';

/** One file of a chain, without its `extends`. The document is kept to tell in which line a value stands. */
export interface Layer {
  readonly file: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** The file and those it extends, the file itself first. */
export async function readLayers(
  file: string,
  extendedBy: readonly string[] = [],
): Promise<readonly Layer[]> {
  const layer = await readLayer(file);
  const { extends: extended, ...data } = layer.data;
  const own = { ...layer, data };
  if (extended === undefined) return [own];
  const mistake = { path: ['extends'], got: JSON.stringify(extended) };
  if (typeof extended !== 'string') {
    throw refusalOf([layer], layer.data, [{ ...mistake, expected: 'the name of another policy file' }]);
  }
  const chain = [...extendedBy, file];
  const base = isAbsolute(extended) ? extended : join(dirname(file), extended);
  if (chain.some((one) => resolve(one) === resolve(base))) {
    const circle = [...chain, base].join(' extends ');
    throw refusalOf([layer], layer.data, [
      { ...mistake, expected: 'a file that does not lead back here', got: circle },
    ]);
  }
  return [own, ...(await readLayers(base, chain))];
}

async function readLayer(file: string): Promise<Layer> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const problem = { file, line: null, path: '', expected: 'a YAML file that can be read' };
    throw new PolicyError([{ ...problem, got: cause.code ?? cause.message }], { cause });
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = { file, path: '', expected: 'a YAML map' };
  const errors = document.errors.map(({ pos, message }) => ({
    line: lines.linePos(pos[0]).line,
    got: message,
  }));
  if (errors.length > 0) throw new PolicyError(errors.map((error) => ({ ...problem, ...error })));
  const data = contentOf(document);
  if (data instanceof Error) {
    throw new PolicyError([{ ...problem, line: 1, got: data.message }], { cause: data });
  }
  if (!isMap(data)) throw new PolicyError([{ ...problem, line: 1, got: shown(data) }]);
  return { file, data, document, lines };
}

/** Aliases are followed only here: one that leads nowhere, or to far too much, is thrown by the parser. */
function contentOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error;
  }
}

export function refusalOf(
  layers: readonly Layer[],
  whole: YamlMap,
  mistakes: readonly Mistake[],
): PolicyError {
  return new PolicyError(
    mistakes.map(({ path, expected, got }) => {
      const { layer, known, rest } = whereStands(layers, whole, path);
      return {
        file: layer.file,
        line: lineOf(layer, known),
        path: pathText([...known, ...rest]),
        expected,
        got: got ?? shown(valueAt(whole, path)),
      };
    }),
  );
}

interface Place {
  readonly layer: Layer;
  /** The path within that file: the numbers of entries may differ from those of the whole. */
  readonly known: Path;
  readonly value: unknown;
}

/** Where the value comes from, or, if it stands nowhere, the deepest place that it should stand in. */
function whereStands(layers: readonly Layer[], whole: unknown, path: Path): Place & { readonly rest: Path } {
  let places: readonly Place[] = layers.map((layer) => ({ layer, known: [], value: layer.data }));
  let merged = whole;
  for (const [depth, step] of path.entries()) {
    const next = contributing(places).flatMap((place) => stepInto(place, merged, step));
    if (next.length === 0) return { ...first(places), rest: path.slice(depth) };
    places = next;
    merged = valueAt(merged, [step]);
  }
  return { ...first(places), rest: [] };
}

/** Those that were merged here: a value that is replaced hides what it replaces. */
function contributing(places: readonly Place[]): readonly Place[] {
  const kindOf = ({ value }: Place) => (isMap(value) ? 'map' : isKeyedList(value) ? 'entries' : 'other');
  const kind = kindOf(first(places));
  if (kind === 'other') return places.slice(0, 1);
  const end = places.findIndex((place) => kindOf(place) !== kind);
  return end === -1 ? places : places.slice(0, end);
}

function stepInto({ layer, known, value }: Place, merged: unknown, step: Step): readonly Place[] {
  const own = isKeyedList(value) ? entryOf(value, valueAt(merged, [step])) : step;
  const inside = valueAt(value, [own]);
  return inside === undefined ? [] : [{ layer, known: [...known, own], value: inside }];
}

/** The entry itself if it was taken over as it is, else that of the same key; -1 for none. */
function entryOf(entries: readonly unknown[], wanted: unknown): number {
  const itself = entries.indexOf(wanted);
  if (itself !== -1) return itself;
  return entries.findIndex((entry) => isKeyed(entry) && keyOf(entry) === keyOf(wanted));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, step) => {
    if (Array.isArray(inside)) return typeof step === 'number' ? (inside as unknown[])[step] : undefined;
    return isMap(inside) && Object.hasOwn(inside, step) ? inside[step] : undefined;
  }, value);
}

/** An alias has no inside of its own in the document, hence the way back up. */
function lineOf(layer: Layer, path: Path): number {
  const node = layer.document.getIn(path, true);
  if (isNode(node) && node.range) return layer.lines.linePos(node.range[0]).line;
  return path.length === 0 ? 1 : lineOf(layer, path.slice(0, -1));
}

function pathText(path: Path): string {
  return path
    .map((step, depth) => (typeof step === 'number' ? `[${step}]` : `${depth === 0 ? '' : '.'}${step}`))
    .join('');
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const json = JSON.stringify(value);
  return json.length <= 80 ? json : `${json.slice(0, 79)}…`;
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new RangeError('Expected at least one.');
  return item;
}
