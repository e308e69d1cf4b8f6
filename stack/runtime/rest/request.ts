// What one request carries down to the database, and how PostgREST hands it to SQL.

import { AsyncLocalStorage } from "node:async_hooks";

export type Claims = Record<string, unknown>;

export interface RequestContext {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** The schema that the request names by its profile header. */
  schema: string;
  claims: Claims;
  role: string;
  /** Whether the client wants what it does undone (`Prefer: tx=rollback`). */
  undone: boolean;
  /** Set where the database was not reachable, and whether a statement may have run before. */
  lost?: "before" | "during";
}

export const current = new AsyncLocalStorage<RequestContext>();

export function contextOf(
  request: Request,
  path: string,
  schemas: string[],
  claims: Claims,
): RequestContext {
  const headers = Object.fromEntries(request.headers);
  const reading = request.method === "GET" || request.method === "HEAD";
  const profile = headers[reading ? "accept-profile" : "content-profile"];
  const role = typeof claims.role === "string" && claims.role !== ""
    ? claims.role
    : "anon";
  return {
    method: request.method,
    path: path.replace(/^\/rest\/v1/, ""),
    headers,
    schema: profile ?? schemas[0],
    claims: { ...claims, role },
    role,
    undone: asksForRollback(headers.prefer),
  };
}

/** PostgREST takes the first of contradicting preferences. */
export function asksForRollback(prefer = ""): boolean {
  const stated = prefer.split(",").map((one) => one.trim());
  return stated.find((one) => /^tx=(commit|rollback)$/.test(one)) ===
    "tx=rollback";
}

/** Settings of roles (`alter role … set …`), by role. */
export type RoleSettings = Map<string, Record<string, string>>;

/**
 * The transaction's settings, in the order in which they are to be set: `role` is last.
 * PostgREST logs in as `authenticator`, so its settings hold where the role has none of its own.
 */
export function transactionSettings(
  context: RequestContext,
  roles: RoleSettings,
  extraSearchPath: string[],
): Record<string, string> {
  const reading = context.path.startsWith("/storage/")
    ? false
    : ["GET", "HEAD"].includes(context.method);
  return {
    ...roles.get("authenticator"),
    ...roles.get(context.role),
    "request.method": context.method,
    "request.path": context.path,
    "request.headers": JSON.stringify(context.headers),
    "request.cookies": JSON.stringify(cookies(context.headers.cookie)),
    "request.jwt.claims": JSON.stringify(context.claims),
    search_path: [...new Set([context.schema, ...extraSearchPath])].map((
      name,
    ) => `"${name.replaceAll('"', '""')}"`).join(", "),
    ...(reading ? { transaction_read_only: "on" } : {}),
    role: context.role,
  };
}

function cookies(header = ""): Record<string, string> {
  const pairs = header.split(";").map((pair) => pair.trim()).filter((pair) =>
    pair.includes("=")
  );
  return Object.fromEntries(
    pairs.map((
      pair,
    ) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}
