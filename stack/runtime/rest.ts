// REST and Storage of the embedded stack: Supabase Lite as a library on PostgreSQL.
//
//   deno run --no-prompt --cached-only --no-remote --v8-flags=--optimize-for-size --allow-net=127.0.0.1 --allow-env \
//     [--allow-read=$SEEDBED_STORAGE_DIR --allow-write=$SEEDBED_STORAGE_DIR] stack/runtime/rest.ts
//
//   SEEDBED_PORT              listens on 127.0.0.1: `/rest/v1`, `/storage/v1`, `GET /health`
//   SEEDBED_DB_URL            logs in as `seedbed_rest`
//   SEEDBED_JWT_SECRET        of the internal HS256 tokens that the gateway sends
//   SEEDBED_SCHEMAS           exposed schemas, by comma; the first one is the default
//   SEEDBED_EXTRA_SEARCH_PATH by comma; default `public,extensions`
//   SEEDBED_MAX_ROWS          default 1000
//   SEEDBED_STORAGE_DIR       where uploaded files are kept; without it there is no Storage
//   DENO_DIR or HOME          Deno's own cache of compiled modules
//
// `seedbed_rest` is `login noinherit bypassrls`, member of `authenticator`, and inherits `pg_read_all_data` and
// `pg_write_all_data`: it owns nothing, so Lite can neither grant nor alter.

import { FileStorage } from "./rest/file_storage.ts";
import { Lite, UnexpectedLite } from "./rest/lite.ts";
import { patiently, pause } from "./rest/patience.ts";
import { connectionLoss, errorResponse } from "./rest/postgrest_errors.ts";
import { withDefaults } from "./rest/preferences.ts";
import { contextOf } from "./rest/request.ts";
import { listen } from "./rest/schema_cache.ts";
import { mendStorage } from "./rest/storage_routes.ts";
import { claimsOf, TokenError } from "./rest/token.ts";

const START_PATIENCE_MS = 30_000;
/**
 * Changes of the schema come in bursts, a migration each; a reading costs a fifth of a second, so the next one waits
 * for their end, unless a request needs it.
 */
const SETTLE_MS = 500;

const port = Number(required("SEEDBED_PORT"));
const url = required("SEEDBED_DB_URL");
const secret = required("SEEDBED_JWT_SECRET");
const schemas = list(required("SEEDBED_SCHEMAS"));
const extraSearchPath = list(
  Deno.env.get("SEEDBED_EXTRA_SEARCH_PATH") ?? "public,extensions",
);
const maxRows = Number(Deno.env.get("SEEDBED_MAX_ROWS") ?? 1000);
const folder = Deno.env.get("SEEDBED_STORAGE_DIR");

const rest = new Lite({ url, schemas, extraSearchPath, maxRows });
const storage = folder === undefined ? undefined : new Lite({
  url,
  schemas: ["storage"],
  extraSearchPath,
  storage: new FileStorage(folder),
});

// Promises of postgres.js that nobody holds fail too when the database goes away.
addEventListener("unhandledrejection", (event) => {
  if (connectionLoss(event.reason) !== undefined) event.preventDefault();
});
await ready();
let reading: ReturnType<typeof setTimeout> | undefined;
listen(url, () => {
  rest.schema.clear();
  storage?.schema.clear();
  clearTimeout(reading);
  reading = setTimeout(() => rest.schema.get().catch(() => {}), SETTLE_MS);
});
Deno.serve({
  hostname: "127.0.0.1",
  port,
  onListen: () => console.log("rest is ready"),
}, serve);

async function serve(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  try {
    if (pathname === "/health") return await health();
    const claims = claimsOf(request, secret);
    const context = contextOf(request, pathname, schemas, claims);
    if (pathname.startsWith("/rest/v1/")) {
      return await patiently(
        rest,
        context,
        request,
        (attempt) => withDefaults(attempt, (one) => rest.fetch(one)),
      );
    }
    if (pathname.startsWith("/storage/v1/") && storage !== undefined) {
      return await patiently(
        storage,
        context,
        request,
        (attempt) => mendStorage(attempt, storage),
      );
    }
    return new Response("not found", { status: 404 });
  } catch (error) {
    if (error instanceof TokenError) return error.response();
    console.error(error);
    const message = "unexpected error, see the log of the REST service";
    const body = { code: "XX000", details: null, hint: null, message };
    return errorResponse(500, body);
  }
}

async function health(): Promise<Response> {
  try {
    await rest.schema.get();
    return Response.json({ status: "ok" });
  } catch (error) {
    const reason = String(error);
    return Response.json({ status: "unavailable", reason }, { status: 503 });
  }
}

/** Waits for the database and makes sure that Lite is the one that the shim knows. */
async function ready(): Promise<void> {
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    try {
      return await rest.selfCheck();
    } catch (error) {
      const hopeless = connectionLoss(error) === undefined;
      if (hopeless || Date.now() > deadline) fail(error);
      await pause(50);
    }
  }
}

function fail(error: unknown): never {
  const expected = error instanceof UnexpectedLite ||
    connectionLoss(error) !== undefined;
  console.error(expected ? (error as Error).message : error);
  Deno.exit(1);
}

function required(name: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  console.error(`the REST service needs \`${name}\` in its environment`);
  Deno.exit(1);
}

function list(names: string): string[] {
  return names.split(",").map((name) => name.trim()).filter(Boolean);
}
