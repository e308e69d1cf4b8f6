// The database behind Auth: rows as they are, what triggers see of each write, and what constraints refuse.
import postgres from "postgres";

/** The tables of schema `auth` that a request may write to. */
const WRITTEN = [
  "users",
  "identities",
  "sessions",
  "refresh_tokens",
  "mfa_amr_claims",
  "one_time_tokens",
  "audit_log_entries",
];

/** Runs the body with a connection as `postgres` and a schema `trace`, which is dropped afterwards. */
export async function withDatabase(body: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(Deno.env.get("SUPABASE_DB_URL")!, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe("create schema trace; grant usage on schema trace to supabase_auth_admin");
    await body(sql);
  } finally {
    await sql.unsafe("drop schema trace cascade");
    await sql.end();
  }
}

/** Notes from now on, before and after, every row that is written. */
export async function trace(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table trace.writes (number serial, relation text, operation text, before jsonb, after jsonb);
    create function trace.note() returns trigger language plpgsql security definer as $$
    begin
      insert into trace.writes (relation, operation, before, after)
      values (tg_table_name, tg_op, to_jsonb(old), to_jsonb(new));
      return null;
    end $$`);
  for (const table of WRITTEN) {
    await sql.unsafe(`create trigger trace_note after insert or update or delete on auth.${table}
      for each row execute function trace.note()`);
  }
}

/** One write: `users UPDATE`, the columns that it changed, and the row afterwards. */
export interface Write {
  what: string;
  changed: string[];
  // deno-lint-ignore no-explicit-any
  after: any;
}

/** The writes since the last time, in their order. */
export async function writes(sql: postgres.Sql): Promise<Write[]> {
  const rows = await sql`delete from trace.writes returning *`;
  // `updated_at` moves with every update, and `confirmed_at` is generated.
  const isOwn = (name: string) => name !== "updated_at" && name !== "confirmed_at";
  return rows.toSorted((a, b) => a.number - b.number).map(({ relation, operation, before, after }) => ({
    what: `${relation} ${operation}`,
    changed: operation !== "UPDATE" ? [] : Object.keys(after).filter(isOwn)
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).toSorted(),
    after,
  }));
}

/** The same, each as a line: `users UPDATE role`. */
export async function lines(sql: postgres.Sql): Promise<string[]> {
  return (await writes(sql)).map(({ what, changed }) => [what, ...changed].join(" "));
}

/** Makes a trigger that runs a statement of PL/pgSQL before or after writes to a table of schema `auth`. */
export async function onWrite(sql: postgres.Sql, when: string, statement: string): Promise<void> {
  const name = `trace_${crypto.randomUUID().replaceAll("-", "")}`;
  await sql.unsafe(`
    create function trace.${name}() returns trigger language plpgsql as $$ begin ${statement}; return new; end $$;
    create trigger ${name} ${when} for each row execute function trace.${name}()`);
}
