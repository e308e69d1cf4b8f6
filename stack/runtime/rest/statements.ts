// Lite's statements and their parameters, where PostgreSQL needs them written, declared or encoded otherwise.

export interface Typed {
  value: unknown;
  /** The OID of its type; 0 leaves it to PostgreSQL. */
  type: number;
}

const UNKNOWN = 0;
const TEXT = 25;
const CAST_TO_JSON = /\$(\d+)::jsonb?\b(?!\[)/g;

/** The parameters of a statement that must not go as they are, by position. */
export function exceptions(
  text: string,
  parameters: readonly unknown[],
): Map<number, Typed> {
  const found = new Map<number, Typed>();
  for (const [index, value] of parameters.entries()) {
    // Declared as boolean, a `jsonb` or `boolean[]` column would refuse it.
    const sample = Array.isArray(value) ? value.flat(Infinity)[0] : value;
    if (typeof sample === "boolean") found.set(index, { value, type: UNKNOWN });
  }
  for (const [, number] of text.matchAll(CAST_TO_JSON)) {
    // Arguments of functions are JSON text already, but for plain strings.
    const index = Number(number) - 1;
    const value = parameters[index];
    if (typeof value !== "string") continue;
    const json = isJson(value) ? value : JSON.stringify(value);
    found.set(index, { value: json, type: TEXT });
  }
  return found;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const ARGUMENT = /(?<=[(,]\s*)(\w*[A-Z]\w*)(?= := )/g;

/** Lite calls functions by their bare names, which PostgreSQL takes for lower case ones. */
export function quoted(text: string, path = ""): string {
  const call = text.replace(ARGUMENT, '"$1"');
  const name = /^\/rpc\/(\w*[A-Z]\w*)$/.exec(path)?.[1];
  return name ? call.replaceAll(`.${name}(`, `."${name}"(`) : call;
}
