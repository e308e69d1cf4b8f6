// What Lite knows of the database, read once and thrown away when the database says that it changed.

import { type Kysely, sql } from "kysely";
import postgres from "postgres";
import type { IntrospectResult } from "@supabase/lite";
import type { RoleSettings } from "./request.ts";

export interface Schema {
  introspection: IntrospectResult;
  roles: RoleSettings;
}

const RETRY_MS = 100;

export class SchemaCache {
  #loading?: Promise<Schema>;

  constructor(private readonly read: () => Promise<Schema>) {}

  /** The schema as it is now; all that ask while it is being read share one reading. */
  get(): Promise<Schema> {
    return this.#loading ??= this.read().catch((error) => {
      this.clear();
      throw error;
    });
  }

  clear() {
    this.#loading = undefined;
  }
}

/** Settings of roles that a role may set for itself, as PostgREST applies them to each transaction. */
export async function readRoleSettings(
  db: Kysely<unknown>,
): Promise<RoleSettings> {
  const { rows } = await sql<{ role: string; name: string; value: string }>`
    select r.rolname as role, p.name,
      substr(c.line, strpos(c.line, '=') + 1) as value
    from pg_db_role_setting s
      join pg_roles r on r.oid = s.setrole
      cross join unnest(s.setconfig) as c(line)
      join pg_settings p on p.name = lower(split_part(c.line, '=', 1))
    where s.setdatabase = 0 and p.context = 'user' and p.name <> 'search_path'`
    .execute(db);
  const roles: RoleSettings = new Map();
  for (const { role, name, value } of rows) {
    roles.set(role, { ...roles.get(role), [name]: value });
  }
  return roles;
}

/**
 * Calls `changed` on each `NOTIFY pgrst`, and on each new connection: what was notified while there was none is
 * lost. Goes on when the database is dropped, recreated or restarted.
 */
export async function listen(url: string, changed: () => void): Promise<never> {
  for (;;) {
    const closed = Promise.withResolvers<void>();
    const options = {
      max: 1,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 5,
      onnotify: changed,
      onclose: () => closed.resolve(),
    };
    const listener = postgres(url, options);
    try {
      await listener`listen pgrst`;
      changed();
      await closed.promise;
    } catch {
      // Not reachable now: the next round tries again.
    }
    changed();
    await listener.end({ timeout: 0 }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
