// The storage routes whose answers Lite gives in a form that supabase-js does not understand.

import { sql } from "kysely";
import type { PostgresConnection } from "@supabase/lite/postgres";
import { current } from "./request.ts";

type Send = (request: Request) => Promise<Response>;

const API = "/storage/v1";

export async function mendStorage(
  request: Request,
  connection: PostgresConnection,
  send: Send,
): Promise<Response> {
  const path = new URL(request.url).pathname.slice(API.length);
  const bucket = /^\/object\/list\/([^/]+)$/.exec(path)?.[1];
  if (request.method === "POST" && bucket !== undefined) {
    return await list(
      connection,
      decodeURIComponent(bucket),
      await request.json(),
    );
  }
  const response = await send(request);
  const signs = request.method === "POST" && path.startsWith("/object/sign/");
  return signs && response.ok
    ? Response.json(signed(await response.json()))
    : response;
}

/** The client puts its own URL before `signedURL`. */
export function signed(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(signed);
  const { signedUrl, ...rest } = answer as { signedUrl?: string };
  return { ...rest, signedURL: signedUrl ? signedUrl.replace(API, "") : null };
}

interface ListOptions {
  prefix?: string;
  limit?: number;
  offset?: number;
  search?: string;
  sortBy?: { column?: string; order?: string };
}

export interface ListedObject {
  name: string;
  id: string | null;
  updated_at: string | null;
  created_at: string | null;
  last_accessed_at: string | null;
  metadata: unknown;
}

async function list(
  connection: PostgresConnection,
  bucket: string,
  options: ListOptions,
): Promise<Response> {
  const { claims, role } = current.getStore()!;
  const vars = {
    auth: { uid: claims.sub ?? null, role, jwt: claims },
    storage: { operation: "storage.object.list" },
  };
  const prefix = folder(options.prefix ?? "");
  const rows = await connection.withContext(vars, async (db) => {
    const objects = sql<ListedObject>`
      select name, id, updated_at, created_at, last_accessed_at, metadata
      from storage.objects where bucket_id = ${bucket} and starts_with(name, ${prefix})`;
    return (await objects.execute(db)).rows;
  });
  return Response.json(level(rows, prefix, options));
}

function folder(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}

/** One level of the tree: files as they are, folders without an id, names without the prefix. */
export function level(
  rows: ListedObject[],
  prefix: string,
  options: ListOptions,
): ListedObject[] {
  const entries = new Map<string, ListedObject>();
  for (const row of rows) {
    const [name, ...below] = row.name.slice(prefix.length).split("/");
    if (below.length === 0) entries.set(name, { ...row, name });
    else if (!entries.has(name)) entries.set(name, { ...NOTHING, name });
  }
  const search = (options.search ?? "").toLowerCase();
  const column = (options.sortBy?.column ?? "name") as keyof ListedObject;
  const direction = options.sortBy?.order === "desc" ? -1 : 1;
  const order = (a: ListedObject, b: ListedObject) =>
    compare(a[column], b[column]) * direction || compare(a.name, b.name);
  const { offset = 0, limit = 100 } = options;
  return [...entries.values()]
    .filter(({ name }) => name.toLowerCase().startsWith(search))
    .sort(order)
    .slice(offset, offset + limit);
}

const NOTHING = {
  id: null,
  updated_at: null,
  created_at: null,
  last_accessed_at: null,
  metadata: null,
};

function compare(a: unknown, b: unknown): number {
  const [x, y] = [String(a ?? ""), String(b ?? "")];
  return x < y ? -1 : x > y ? 1 : 0;
}
