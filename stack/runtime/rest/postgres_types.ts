// Values as PostgREST writes them: what `to_json` makes of a column, not what a driver makes of it.

import type { PostgresType } from "postgres";

const same = (text: string) => text;
/** Lite gives dates, times and binary values as the text that PostgreSQL reads. */
const asText = (value: unknown) =>
  value instanceof Date ? value.toISOString() : String(value);

/** `2026-01-02 03:04:05.6+00` → `2026-01-02T03:04:05.6+00:00`; `infinity` stays what it is. */
export function isoTimestamp(text: string): string {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}

/** JSON numbers have no NaN and no infinity: those stay text, as in PostgreSQL. */
export function jsonNumber(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function type(
  oid: number,
  parse: (text: string) => unknown,
  serialize: (value: unknown) => unknown = asText,
): PostgresType {
  return { to: oid, from: [oid], parse, serialize } as PostgresType;
}

export const postgresTypes: Record<string, PostgresType> = {
  bytea: type(17, same),
  bigint: type(20, jsonNumber),
  float4: type(700, jsonNumber),
  float8: type(701, jsonNumber),
  numeric: type(1700, jsonNumber),
  date: type(1082, same),
  time: type(1083, same),
  timetz: type(1266, same),
  timestamp: type(1114, isoTimestamp),
  timestamptz: type(1184, isoTimestamp),
  json: type(114, JSON.parse, JSON.stringify),
  jsonb: type(3802, JSON.parse, JSON.stringify),
};

/** Lite's storage gives its JSON as text already; its REST gives values. */
export const finishedJson: Record<string, PostgresType> = {
  json: type(114, JSON.parse, finished),
  jsonb: type(3802, JSON.parse, finished),
};

function finished(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
