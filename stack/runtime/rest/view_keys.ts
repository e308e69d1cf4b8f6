// The foreign keys that a view shows: those of the columns that it passes on.
//
// Lite reads a view's definition as text and understands plain projections of one table; PostgreSQL's own form of the
// definition says for each column where it comes from, through joins, groups and CTEs as well.

import { type Kysely, sql } from "kysely";
import type { ForeignKeyInfo } from "@supabase/lite";

/** A column of a view and the column of a table or view that it passes on. */
export interface ViewColumn {
  schema: string;
  view: string;
  column: string;
  from_schema: string;
  from: string;
  from_column: string;
}

/**
 * The outermost target list comes last in the definition, so the last entry with a column's number is its own; those
 * of aggregates have no name.
 */
export async function readViewColumns(
  db: Kysely<unknown>,
): Promise<ViewColumn[]> {
  const { rows } = await sql<ViewColumn>`
    with target as (
      select r.ev_class as view, entry.at, part[1]::int as number,
        part[2]::oid as origin, part[3]::int as origin_number
      from pg_rewrite r
        join pg_class c on c.oid = r.ev_class and c.relkind in ('v', 'm')
        join pg_namespace n on n.oid = c.relnamespace
        cross join regexp_matches(
          r.ev_action::text,
          ':resno (\\d+) :resname (?!<>)(?:[^ \\\\]|\\\\.)+ :ressortgroupref \\d+ :resorigtbl (\\d+) :resorigcol (\\d+) :resjunk false',
          'g'
        ) with ordinality as entry(part, at)
      where n.nspname not in ('pg_catalog', 'information_schema')
    ), own as (
      select distinct on (view, number) view, number, origin, origin_number
      from target order by view, number, at desc
    )
    select vn.nspname as schema, v.relname as view, va.attname as column,
      tn.nspname as from_schema, t.relname as "from", ta.attname as from_column
    from own
      join pg_class v on v.oid = own.view
      join pg_namespace vn on vn.oid = v.relnamespace
      join pg_attribute va on va.attrelid = v.oid and va.attnum = own.number
      join pg_class t on t.oid = own.origin
      join pg_namespace tn on tn.oid = t.relnamespace
      join pg_attribute ta on ta.attrelid = t.oid
        and ta.attnum = own.origin_number
    order by v.oid, own.number`.execute(db);
  return rows;
}

interface Relation {
  schema: string;
  name: string;
  /** The table's column → the relation's columns that show it. */
  columns: Map<string, string[]>;
}

/** The keys with those of views added: views in the place of either table, or of both. */
export function withViewKeys(
  keys: ForeignKeyInfo[],
  columns: ViewColumn[],
): ForeignKeyInfo[] {
  const views = viewsByTable(columns);
  const known = new Set(keys.map(identity));
  const added: ForeignKeyInfo[] = [];
  for (const parts of constraints(keys)) {
    const [{ schema, table, ref_schema = schema, ref_table }] = parts;
    const children = [
      itself(schema, table),
      ...views.get(`${schema}.${table}`) ?? [],
    ];
    const parents = [
      itself(ref_schema, ref_table),
      ...views.get(`${ref_schema}.${ref_table}`) ?? [],
    ];
    for (const child of children) {
      for (const parent of parents) {
        const shown = parts.map((key) => ({
          ...key,
          schema: child.schema,
          table: child.name,
          column: shownAs(child, key.column),
          ref_schema: parent.schema,
          ref_table: parent.name,
          ref_column: shownAs(parent, key.ref_column),
          foreign_key_group:
            `${key.foreign_key_name}:${child.schema}.${child.name}->${parent.schema}.${parent.name}`,
        }));
        if (shown.some((key) => !key.column || !key.ref_column)) continue;
        const complete = shown as ForeignKeyInfo[];
        if (complete.some((key) => known.has(identity(key)))) continue;
        added.push(...complete);
      }
    }
  }
  return [...keys, ...added];
}

function itself(schema: string, name: string): Relation {
  return { schema, name, columns: new Map() };
}

/** The name under which a relation shows a column; a table shows all of its own. */
function shownAs(
  { columns }: Relation,
  column: string,
): string | undefined {
  return columns.size === 0 ? column : columns.get(column)?.[0];
}

function identity(key: ForeignKeyInfo): string {
  const { schema, table, column, ref_schema = schema, ref_table, ref_column } =
    key;
  return JSON.stringify([
    schema,
    table,
    column,
    ref_schema,
    ref_table,
    ref_column,
  ]);
}

/** The keys' columns, together by constraint. */
function constraints(keys: ForeignKeyInfo[]): ForeignKeyInfo[][] {
  const own = keys.filter((key) => key.foreign_key_group === undefined);
  const by = ({ schema, table, foreign_key_name }: ForeignKeyInfo) =>
    JSON.stringify([schema, table, foreign_key_name]);
  return Object.values(Object.groupBy(own, by)) as ForeignKeyInfo[][];
}

/** The views that show columns of a table, also through other views. */
function viewsByTable(columns: ViewColumn[]): Map<string, Relation[]> {
  const origin = new Map<string, ViewColumn>();
  const key = (schema: string, name: string, column: string) =>
    JSON.stringify([schema, name, column]);
  for (const one of columns) {
    origin.set(key(one.schema, one.view, one.column), one);
  }
  const views = new Map<string, Map<string, Relation>>();
  for (const { schema, view, column, ...from } of columns) {
    let end: Pick<ViewColumn, "from_schema" | "from" | "from_column"> = from;
    for (
      let next;
      (next = origin.get(key(end.from_schema, end.from, end.from_column)));
    ) {
      end = next;
    }
    const table = `${end.from_schema}.${end.from}`;
    const shown = views.get(table) ?? new Map<string, Relation>();
    views.set(table, shown);
    const relation = shown.get(`${schema}.${view}`) ?? itself(schema, view);
    shown.set(`${schema}.${view}`, relation);
    const names = relation.columns.get(end.from_column) ?? [];
    relation.columns.set(end.from_column, [...names, column]);
  }
  return new Map(
    [...views].map(([table, shown]) => [table, [...shown.values()]]),
  );
}
