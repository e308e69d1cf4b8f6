// Supabase Lite on PostgreSQL, without what its own server does to a database.
//
// Of itself Lite grants everything on every table to the API roles, knows five
// claims of a token, and reads the schema once. The methods replaced here are
// private names of an alpha, hence the exact version in package.json and
// `selfCheck` at each start.

import { type Kysely, sql } from "kysely";
import { App, setExperimental } from "@supabase/lite";
import type {
  AnyAST,
  DefaultAppConfig,
  IntrospectResult,
} from "@supabase/lite";
import {
  createPostgresConnection,
  type PostgresConnection,
} from "@supabase/lite/postgres";
import {
  current,
  type RequestContext,
  transactionSettings,
} from "./request.ts";
import { finishedJson, postgresTypes } from "./postgres_types.ts";
import { forLite } from "./postgrest_errors.ts";
import { Pool } from "./pool.ts";
import { readViewColumns, withViewKeys } from "./view_keys.ts";
import { readRoleSettings, type Schema, SchemaCache } from "./schema_cache.ts";

type StorageAdapter = NonNullable<App["_storageAdapter"]>;

export interface LiteOptions {
  url: string;
  /** The schemas that it shows; the first one is the default. */
  schemas: string[];
  extraSearchPath: string[];
  maxRows?: number;
  /** Serves `/storage/v1` with files kept there, in place of `/rest/v1`. */
  storage?: StorageAdapter;
}

/** What Lite calls, by names that its types keep private. */
interface Inner {
  introspect(): Promise<IntrospectResult>;
  ensureRlsContext(): Promise<boolean>;
  applyJwtSessionContext(db: Kysely<unknown>, vars: unknown): Promise<void>;
  normalizeDbError(error: unknown): unknown;
  onPostgrestAST(ast: AnyAST): Promise<AnyAST>;
}

const REPLACED = [
  "introspect",
  "ensureRlsContext",
  "applyJwtSessionContext",
  "normalizeDbError",
  "onPostgrestAST",
] as const;

/** Lite is not the version that this shim was written for. */
export class UnexpectedLite extends Error {
  constructor(reason: string) {
    super(
      `the installed @supabase/lite does not fit the stack: ${reason}; run \`npm ci\` for the pinned version`,
    );
  }
}

/** Requests run as their role, with PostgREST's settings, and never change the database's grants or schema. */
export class Lite {
  readonly connection: PostgresConnection;
  readonly schema: SchemaCache;
  readonly #app: App;

  constructor(private readonly options: LiteOptions) {
    this.connection = createPostgresConnection({ url: options.url });
    const pool = new Pool(options.url, {
      max: 8,
      connect_timeout: 5,
      onnotice: () => {},
      connection: { application_name: "seedbed-rest", TimeZone: "UTC" },
      types: { ...postgresTypes, ...(options.storage ? finishedJson : {}) },
    });
    Object.assign(this.connection.driver, { reserve: () => pool.reserve() });
    this.schema = this.#replace(this.connection as unknown as Inner);
    this.#app = new App(this.#config() as unknown as DefaultAppConfig);
    if (options.storage !== undefined) {
      setExperimental("storage", true);
      this.#app._storageAdapter = options.storage;
    }
  }

  fetch(request: Request): Promise<Response> {
    return this.#app.fetch(request);
  }

  #config(): Record<string, unknown> {
    const { options, connection } = this;
    return {
      connection,
      api: {
        enabled: true,
        schemas: options.schemas,
        max_rows: options.maxRows,
      },
      // Signs the tokens of storage URLs.
      auth: { enabled: false, jwt_secret: crypto.randomUUID() },
      storage: { enabled: options.storage !== undefined },
      studio: { enabled: false },
      options: {
        server: {
          apiKeys: false,
          disableStudio: true,
          middlewares: [verified],
        },
      },
    };
  }

  #replace(inner: Inner): SchemaCache {
    for (const name of REPLACED) {
      if (typeof inner[name] !== "function") {
        throw new UnexpectedLite(`it has no \`${name}\``);
      }
    }
    const introspect = inner.introspect.bind(this.connection);
    const visible = new Set(this.options.schemas);
    const cache = new SchemaCache(async (): Promise<Schema> => {
      const roles = await readRoleSettings(this.connection.kysely);
      const all = await introspect();
      // Lite answers a failed reading with an empty schema, which lacks the functions.
      if (all.functions === undefined) {
        throw new Error("the schema could not be read");
      }
      const views = await readViewColumns(this.connection.kysely);
      all.foreign_keys = withViewKeys(all.foreign_keys, views);
      return { roles, introspection: only(visible, all) };
    });
    inner.introspect = async () => (await cache.get()).introspection;
    inner.ensureRlsContext = () => Promise.resolve(true);
    inner.normalizeDbError = forLite;
    const check = inner.onPostgrestAST.bind(this.connection);
    inner.onPostgrestAST = async (ast) =>
      withDefaultRow(await check(ast), await inner.introspect());
    inner.applyJwtSessionContext = async (db, vars) => {
      const context = current.getStore();
      if (context === undefined) {
        throw new Error("a statement outside of a request");
      }
      const { roles } = await cache.get();
      const settings = JSON.stringify({
        "storage.operation": operationOf(vars),
        ...transactionSettings(context, roles, this.options.extraSearchPath),
      });
      await sql`
        select set_config(key, value, true)
        from json_each_text(${settings}::text::json)`.execute(db);
    };
    return cache;
  }

  /** Proves that statements run as the request's role and with its claims. */
  async selfCheck(): Promise<void> {
    const context: RequestContext = {
      method: "GET",
      path: "/",
      headers: {},
      schema: "public",
      role: "anon",
      claims: { role: "anon", probe: "seedbed" },
      undone: false,
    };
    const vars = { auth: { uid: null, role: "anon", jwt: context.claims } };
    const probe = sql<{ role: string; claims: string }>`
      select current_user as role,
        current_setting('request.jwt.claims', true) as claims`;
    const [seen] = await current.run(
      context,
      () =>
        this.connection.withContext(
          vars,
          async (db) => (await probe.execute(db)).rows,
        ),
    );
    if (seen.role !== "anon" || !seen.claims?.includes("seedbed")) {
      throw new UnexpectedLite(
        "its statements do not run as the role of the request",
      );
    }
  }
}

interface LiteContext {
  set(
    name: "apiKeyType" | "ignoreAuthorization" | "jwt" | "userId",
    value: unknown,
  ): void;
}

/** Tells Lite that the token is verified already. */
async function verified(
  c: LiteContext,
  next: () => Promise<void>,
): Promise<void> {
  const { claims } = current.getStore()!;
  c.set("apiKeyType", "secret");
  c.set("ignoreAuthorization", true);
  c.set("jwt", claims);
  if (typeof claims.sub === "string") c.set("userId", claims.sub);
  await next();
}

function operationOf(vars: unknown): string {
  return (vars as { storage?: { operation?: string } }).storage?.operation ??
    "";
}

/** Lite makes `insert into t () values ()` of an empty row. */
function withDefaultRow(ast: AnyAST, { columns }: IntrospectResult): AnyAST {
  const rows = [ast.values ?? []].flat();
  const empty = rows.length > 0 &&
    rows.every((row) => Object.keys(row).length === 0);
  if (ast.type !== "insert" || !empty) return ast;
  const column = columns.find(({ schema, table, is_generated }) =>
    table === ast.from && schema === (ast.schema ?? "public") && !is_generated
  );
  if (column === undefined) return ast;
  return {
    ...ast,
    values: rows.map(() => ({ [column.name]: sql`default` })),
  };
}

/** The part of the schema that the API shows. */
function only(visible: Set<string>, all: IntrospectResult): IntrospectResult {
  const shown = <T extends { schema: string }>(items: T[] = []) =>
    items.filter((item) => visible.has(item.schema));
  return {
    ...all,
    tables: shown(all.tables),
    views: shown(all.views),
    columns: shown(all.columns),
    // A relation is one-to-one by a unique constraint; Lite takes unique indexes for one too, even partial ones.
    indexes: [],
    primary_keys: shown(all.primary_keys),
    foreign_keys: shown(all.foreign_keys)
      .filter((key) => visible.has(key.ref_schema ?? key.schema)),
    check_constraints: shown(all.check_constraints),
    unique_constraints: shown(all.unique_constraints),
    comments: shown(all.comments),
    functions: shown(all.functions),
  };
}
