// Supabase Lite on PostgreSQL, without what its own server does to a database.
//
// Of itself Lite grants everything on every table to the API roles, knows five claims of a token, and reads the schema
// once. The methods replaced here are private names of an alpha, hence the exact version in package.json and
// `selfCheck` at each start.

import { sql } from "kysely";
import type { Kysely } from "kysely";
import {
  createPostgresConnection,
  type PostgresConnection,
} from "@supabase/lite/postgres";
import type { IntrospectOptions, IntrospectResult } from "@supabase/lite";
import {
  current,
  type RequestContext,
  transactionSettings,
} from "./request.ts";
import { postgresTypes } from "./postgres_types.ts";
import { forLite } from "./postgrest_errors.ts";
import { readRoleSettings, type Schema, SchemaCache } from "./schema_cache.ts";

type Database = Kysely<unknown>;

/** What Lite calls, by names that its types keep private. */
interface Inner {
  ensureRlsContext(): Promise<boolean>;
  applyJwtSessionContext(
    db: Database,
    vars: unknown,
    setRole: boolean,
  ): Promise<void>;
  normalizeDbError(error: unknown): unknown;
  introspect(
    options?: IntrospectOptions & { useCache?: boolean },
  ): Promise<IntrospectResult>;
  onPostgrestAST(ast: unknown): Promise<unknown>;
}

export interface LiteOptions {
  url: string;
  schemas: string[];
  extraSearchPath: string[];
}

/** A connection whose requests run as their role, with PostgREST's settings, and that never changes the database. */
export function connect({ url, schemas, extraSearchPath }: LiteOptions) {
  const connection = createPostgresConnection({
    url,
    postgresOptions: {
      max: 10,
      idle_timeout: 20,
      connect_timeout: 5,
      backoff: () => 0,
      onnotice: () => {},
      connection: { application_name: "seedbed-rest" },
      types: postgresTypes,
    },
  });
  const inner = connection as unknown as Inner;
  for (
    const name of [
      "ensureRlsContext",
      "applyJwtSessionContext",
      "normalizeDbError",
      "introspect",
    ] as const
  ) {
    if (typeof inner[name] !== "function") {
      throw new UnexpectedLite(`it has no \`${name}\``);
    }
  }
  const introspect = inner.introspect.bind(connection);
  const visible = new Set([...schemas, "storage"]);

  const schema = new SchemaCache(async (): Promise<Schema> => {
    const roles = await readRoleSettings(connection.driver);
    const introspection = await introspect();
    // Lite answers a failed reading with an empty schema, which lacks the functions.
    if (introspection.functions === undefined) {
      throw new Error("the schema could not be read");
    }
    return { roles, introspection: only(visible, introspection) };
  });

  inner.introspect = async () => (await schema.get()).introspection;
  inner.ensureRlsContext = () => Promise.resolve(true);
  inner.normalizeDbError = forLite;
  inner.applyJwtSessionContext = async (db, vars) => {
    const context = current.getStore();
    if (context === undefined) {
      throw new Error("a statement outside of a request");
    }
    const operation = (vars as { storage?: { operation?: string } }).storage
      ?.operation;
    const settings = {
      ...(operation ? { "storage.operation": operation } : {}),
      ...transactionSettings(
        context,
        (await schema.get()).roles,
        extraSearchPath,
      ),
    };
    await sql`select set_config(key, value, true) from json_each_text(${
      JSON.stringify(settings)
    }::text::json)`
      .execute(db);
  };
  return { connection, schema };
}

/** The part of the schema that the API shows. */
function only(visible: Set<string>, all: IntrospectResult): IntrospectResult {
  const shown = <T extends { schema: string }>(items: T[]) =>
    items.filter((item) => visible.has(item.schema));
  return {
    ...all,
    tables: shown(all.tables),
    views: shown(all.views),
    columns: shown(all.columns),
    indexes: shown(all.indexes),
    primary_keys: shown(all.primary_keys),
    foreign_keys: shown(all.foreign_keys).filter((key) =>
      visible.has(key.ref_schema ?? key.schema)
    ),
    check_constraints: shown(all.check_constraints),
    unique_constraints: shown(all.unique_constraints),
    comments: shown(all.comments),
    functions: shown(all.functions ?? []),
  };
}

/** Lite is not the version that this shim was written for. */
export class UnexpectedLite extends Error {
  constructor(reason: string) {
    super(
      `the installed @supabase/lite does not fit the stack: ${reason}; run \`npm ci\` for the pinned version`,
    );
  }
}

/** Proves that statements run as the request's role and with its claims. */
export async function selfCheck(connection: PostgresConnection): Promise<void> {
  const context: RequestContext = {
    method: "GET",
    path: "/",
    headers: {},
    schema: "public",
    role: "anon",
    claims: { role: "anon", probe: "seedbed" },
  };
  const vars = { auth: { uid: null, role: "anon", jwt: context.claims } };
  const seen = await current.run(
    context,
    () =>
      connection.withContext(vars, async (db) => {
        const probe = sql<{ role: string; claims: string }>`
        select current_user as role, current_setting('request.jwt.claims', true) as claims`;
        return (await probe.execute(db)).rows[0];
      }),
  );
  if (seen.role !== "anon" || !seen.claims?.includes("seedbed")) {
    throw new UnexpectedLite(
      "its statements do not run as the role of the request",
    );
  }
}
