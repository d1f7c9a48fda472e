import { CommandFailure } from './exit-codes.ts';

/** One verb of the command line: one call of the HTTP API, as data. */
export interface Call {
  readonly verb: string;
  readonly alias?: string;
  readonly summary: string;
  readonly method: 'GET' | 'POST';
  /** `/v1/incidents/{incident}`: names in braces are arguments. */
  readonly path: string;
  readonly arguments?: readonly CallArgument[];
  readonly options?: readonly CallOption[];
  readonly show: Showing;
  /** For calls that can answer documents instead of JSON: the options that ask for them. */
  readonly documents?: readonly { readonly option: string; readonly accept: string }[];
}

/** Which of the readable forms fits the answer. */
export type Showing =
  | 'receipt'
  | 'incident'
  | 'incidents'
  | 'step'
  | 'page'
  | 'pages'
  | 'timeline'
  | 'duties'
  | 'rota'
  | 'rotas'
  | 'readiness'
  | 'figures'
  | 'labels'
  | 'notices'
  | 'notice'
  | 'fields';

export interface CallArgument {
  readonly name: string;
  readonly help: string;
  readonly isOptional?: boolean;
  /** What is not in the path goes into the body, under this field. */
  readonly field?: string;
}

export interface CallOption {
  /** As commander reads them: `--reason <text>`, `--scope <key...>`, `--overdue`. */
  readonly flags: string;
  readonly help: string;
  /** Where the value goes: a field of the body, dots for depth (`reporter.email`), or a parameter of the query. */
  readonly field: string;
  readonly kind?: ValueKind;
  readonly in?: 'body' | 'query';
}

type ValueKind = keyof typeof VALUE_KINDS;

export interface Request {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly accept: string;
  /** Undefined for GET. */
  readonly body: Json | undefined;
}

export type Json = Readonly<Record<string, unknown>>;

/** What somebody typed, by argument and option. */
export interface Typed {
  readonly arguments: Readonly<Record<string, string | undefined>>;
  /** By the name that commander gives an option. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The body of `--file`; options and arguments are laid over it. */
  readonly file: Json;
}

/** The request that a command line stands for. Throws a usage failure for what cannot be understood. */
export function requestOf(call: Call, typed: Typed): Request {
  const query = new URLSearchParams();
  let body: Json = typed.file;
  for (const { name, field } of call.arguments ?? []) {
    const value = typed.arguments[name];
    if (value !== undefined && field !== undefined) body = withField(body, field, value);
  }
  for (const option of call.options ?? []) {
    const value = typed.options[attributeOf(option.flags)];
    if (value === undefined) continue;
    const read = VALUE_KINDS[option.kind ?? 'text'](value, option.flags);
    if (option.in === 'query' || call.method === 'GET')
      query.set(option.field, `${read as string | number | boolean}`);
    else body = withField(body, option.field, read);
  }
  const document = call.documents?.find(({ option }) => typed.options[option] === true);
  return {
    method: call.method,
    path: pathOf(call, typed.arguments) + (query.size === 0 ? '' : `?${query.toString()}`),
    accept: document?.accept ?? 'application/json, application/problem+json',
    body: call.method === 'POST' ? body : undefined,
  };
}

/** The name under which commander keeps an option: `--occurred-at <instant>` → `occurredAt`. */
export function attributeOf(flags: string): string {
  const long = /--([a-z-]+)/.exec(flags)?.[1] ?? '';
  return long.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function pathOf(call: Call, given: Typed['arguments']): string {
  return call.path.replaceAll(/\{([a-z]+)\}/g, (_match, name: string) =>
    encodeURIComponent(given[name] ?? ''),
  );
}

function withField(body: Json, field: string, value: unknown): Json {
  const [first = '', ...rest] = field.split('.');
  const there = body[first];
  if (rest.length > 0) {
    return { ...body, [first]: withField(isObject(there) ? there : {}, rest.join('.'), value) };
  }
  // Field by field over a whole object: what was said last counts, the rest stays.
  return { ...body, [first]: isObject(there) && isObject(value) ? { ...there, ...value } : value };
}

/** How a value on the command line becomes one of JSON. */
const VALUE_KINDS = {
  text: String,
  flag: () => true,
  list: listOf,
  number: (value: unknown, flags: string) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw usage(flags, 'a whole number', value);
    return number;
  },
  'yes-no': (value: unknown, flags: string) => {
    if (value !== 'yes' && value !== 'no') throw usage(flags, 'yes or no', value);
    return value === 'yes';
  },
  instant: (value: unknown, flags: string) => instantOf(String(value), flags),
  json: (value: unknown, flags: string) => objectOf(String(value), flags),
  /** `name=value …` → `{name: value}` */
  pairs: (value: unknown, flags: string) =>
    Object.fromEntries(pairsOf(value, flags).map(([name, text]) => [name, spelledOut(text)])),
  /** `method=instant …` → `[{method, at}]` */
  attempts: (value: unknown, flags: string) =>
    pairsOf(value, flags).map(([method, at]) => ({ method, at: instantOf(at, flags) })),
} as const satisfies Readonly<Record<string, (value: unknown, flags: string) => unknown>>;

function listOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function pairsOf(value: unknown, flags: string): readonly (readonly [string, string])[] {
  return listOf(value).map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw usage(flags, 'name=value', pair);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Any RFC 3339 instant, in the one form that the API takes. Without a zone it would be anybody’s guess. */
function instantOf(text: string, flags: string): string {
  if (!RFC_3339.test(text) || Number.isNaN(Date.parse(text))) {
    throw usage(flags, 'an instant with its zone, such as 2016-06-21T20:39:33Z', text);
  }
  return new Date(text).toISOString();
}

/** `yes`, texts and numbers are texts; what only JSON can say (`true`, lists, objects) is read as JSON. */
function spelledOut(text: string): unknown {
  if (RFC_3339.test(text)) return new Date(text).toISOString();
  if (!/^(?:true|false|[[{].*)$/s.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A JSON object, from an option or a file. */
export function objectOf(text: string, where: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CommandFailure('usage', `${where}: expected a JSON object, and this is no JSON.`, { cause });
  }
  if (!isObject(value))
    throw new CommandFailure('usage', `${where}: expected a JSON object, got another value.`);
  return value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function usage(flags: string, expected: string, got: unknown): CommandFailure {
  return new CommandFailure('usage', `${flags}: expected ${expected}, got ${JSON.stringify(got)}.`);
}
