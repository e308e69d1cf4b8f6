// REST and Storage of the embedded stack: Supabase Lite as a library on PostgreSQL.
//
//   deno run --cached-only --no-prompt --no-remote --config stack/runtime/deno.json \
//     --allow-net=127.0.0.1 --allow-env --allow-sys=osRelease --allow-read=<workspace>[,$SEEDBED_STORAGE_DIR] \
//     [--allow-write=$SEEDBED_STORAGE_DIR] stack/runtime/rest.ts
//
//   SEEDBED_PORT              listens on 127.0.0.1
//   SEEDBED_DB_URL            logs in as `seedbed_rest`
//   SEEDBED_JWT_SECRET        of the internal HS256 tokens that the gateway sends
//   SEEDBED_SCHEMAS           exposed schemas, by comma; the first one is the default
//   SEEDBED_EXTRA_SEARCH_PATH by comma; default `public,extensions`
//   SEEDBED_MAX_ROWS          default 1000
//   SEEDBED_STORAGE_DIR       where uploaded files are kept; without it there is no Storage
//
// `seedbed_rest` is `login noinherit bypassrls`, member of `authenticator`, and inherits `pg_read_all_data` and
// `pg_write_all_data`: it owns nothing, so Lite can neither grant nor alter.

import { App, setExperimental } from "@supabase/lite";
import { connect, selfCheck, UnexpectedLite } from "./rest/lite.ts";
import {
  connectionLoss,
  errorResponse,
  unavailable,
} from "./rest/postgrest_errors.ts";
import { contextOf, current, type RequestContext } from "./rest/request.ts";
import { listen } from "./rest/schema_cache.ts";
import { claimsOf, TokenError } from "./rest/token.ts";
import { FileStorage } from "./rest/file_storage.ts";
import { mendStorage } from "./rest/storage_routes.ts";

const settings = {
  port: Number(required("SEEDBED_PORT")),
  url: required("SEEDBED_DB_URL"),
  secret: required("SEEDBED_JWT_SECRET"),
  schemas: list(required("SEEDBED_SCHEMAS")),
  extraSearchPath: list(
    Deno.env.get("SEEDBED_EXTRA_SEARCH_PATH") ?? "public,extensions",
  ),
  maxRows: Number(Deno.env.get("SEEDBED_MAX_ROWS") ?? 1000),
  storage: Deno.env.get("SEEDBED_STORAGE_DIR"),
};

interface LiteContext {
  set(
    name: "apiKeyType" | "ignoreAuthorization" | "jwt" | "userId",
    value: unknown,
  ): void;
}

/** How long a request waits for a database that is being recreated. */
const PATIENCE_MS = 2000;
const START_PATIENCE_MS = 30_000;

const { connection, schema } = connect(settings);
const app = new App(
  {
    connection,
    api: {
      enabled: true,
      schemas: settings.schemas,
      max_rows: settings.maxRows,
      anonymous_enabled: true,
    },
    auth: { enabled: false, jwt_secret: settings.secret },
    storage: { enabled: settings.storage !== undefined },
    studio: { enabled: false },
    options: {
      server: {
        apiKeys: false,
        disableStudio: true,
        middlewares: [async (c: LiteContext, next: () => Promise<void>) => {
          const { claims } = current.getStore()!;
          // Tells Lite that the token is verified already.
          c.set("apiKeyType", "secret");
          c.set("ignoreAuthorization", true);
          c.set("jwt", claims);
          if (typeof claims.sub === "string") c.set("userId", claims.sub);
          await next();
        }],
      },
    },
  } as unknown as ConstructorParameters<typeof App>[0],
);
if (settings.storage !== undefined) {
  setExperimental("storage", true);
  app._storageAdapter = new FileStorage(settings.storage);
}

await ready();
listen(settings.url, () => {
  schema.clear();
});
Deno.serve({
  hostname: "127.0.0.1",
  port: settings.port,
  onListen: () => console.log("rest is ready"),
}, serve);

async function serve(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/health") return await health();
  try {
    return await answer(request, pathname);
  } catch (error) {
    console.error(error);
    return errorResponse(500, {
      code: "XX000",
      details: null,
      hint: null,
      message: "unexpected error, see the log",
    });
  }
}

async function answer(request: Request, path: string): Promise<Response> {
  let context: RequestContext;
  try {
    context = contextOf(
      request,
      path,
      settings.schemas,
      claimsOf(request, settings.secret),
    );
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const challenge =
      `Bearer error="invalid_token", error_description="${error.message}"`;
    const body = {
      code: error.code,
      details: null,
      hint: null,
      message: error.message,
    };
    return errorResponse(401, body, { "www-authenticate": challenge });
  }
  return await patiently(request, context, (attempt) => {
    if (settings.storage === undefined || !path.startsWith("/storage/")) {
      return app.fetch(attempt);
    }
    return mendStorage(attempt, connection, (mended) => app.fetch(mended));
  });
}

/** Sends the request again while the database is away, unless it may have done something already. */
async function patiently(
  request: Request,
  context: RequestContext,
  send: (request: Request) => Promise<Response>,
) {
  const repeatable = path(request).startsWith("/rest/");
  const body = repeatable && request.body !== null
    ? await request.arrayBuffer()
    : undefined;
  const attempt = () =>
    repeatable
      ? new Request(request.url, {
        method: request.method,
        headers: request.headers,
        body,
      })
      : request;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    context.lost = undefined;
    const response = await current.run(context, async () => {
      try {
        await schema.get();
      } catch (error) {
        context.lost = connectionLoss(error) ?? "before";
        return errorResponse(503, unavailable("PGRST002", String(error)));
      }
      return await send(attempt());
    });
    const again = repeatable &&
      (context.lost === "before" ||
        context.lost && ["GET", "HEAD"].includes(context.method));
    if (!again || Date.now() > deadline) return response;
    await response.body?.cancel();
    await pause(50);
  }
}

async function health(): Promise<Response> {
  try {
    await schema.get();
    return Response.json({ status: "ok" });
  } catch (error) {
    return Response.json({ status: "unavailable", reason: String(error) }, {
      status: 503,
    });
  }
}

/** Waits for the database and makes sure that Lite is the one that the shim knows. */
async function ready(): Promise<void> {
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    try {
      return await selfCheck(connection);
    } catch (error) {
      if (
        error instanceof UnexpectedLite ||
        connectionLoss(error) === undefined || Date.now() > deadline
      ) {
        console.error(error instanceof Error ? error.message : error);
        Deno.exit(1);
      }
      await pause(50);
    }
  }
}

function path(request: Request): string {
  return new URL(request.url).pathname;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function required(name: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  console.error(`the REST service needs \`${name}\` in its environment`);
  Deno.exit(1);
}

function list(names: string): string[] {
  return names.split(",").map((name) => name.trim()).filter((name) =>
    name !== ""
  );
}
