// The storage routes that Lite and supabase-js understand differently.

import { Buffer } from "node:buffer";
import { sql } from "kysely";
import type { Lite } from "./lite.ts";
import { current } from "./request.ts";

const API = "/storage/v1";

export async function mendStorage(
  request: Request,
  lite: Lite,
): Promise<Response> {
  const path = new URL(request.url).pathname.slice(API.length);
  const posts = request.method === "POST";
  const bucket = /^\/object\/list\/([^/]+)$/.exec(path)?.[1];
  if (posts && bucket !== undefined) {
    return await list(lite, decodeURIComponent(bucket), await request.json());
  }
  if (posts && /^\/object\/sign\/[^/]+$/.test(path)) {
    return await signMany(request, lite);
  }
  const response = await lite.fetch(await unwrapped(request));
  if (!posts || !response.ok) return response;
  if (path.startsWith("/object/sign/")) {
    return Response.json(signed(await response.json()));
  }
  if (path.startsWith("/object/upload/sign/")) {
    const { signedUrl, token } = await response.json();
    return Response.json({ url: signedUrl.replace(API, ""), token });
  }
  if (path === "/object/copy") {
    const { key, ...rest } = await response.json();
    return Response.json({ Key: key, ...rest });
  }
  return response;
}

/** Supabase-js sends a `Blob` as a form: the file without a name, and as fields what headers say otherwise. */
async function unwrapped(request: Request): Promise<Request> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("multipart/form-data")) return request;
  const body = named(Buffer.from(await request.arrayBuffer()));
  const form = await new Response(body, { headers: { "content-type": type } })
    .formData();
  const file = form.get(FILE);
  const headers = new Headers(request.headers);
  if (file instanceof File) {
    headers.set("content-type", file.type || "application/octet-stream");
    headers.set("content-length", String(file.size));
  }
  const seconds = form.get("cacheControl");
  if (typeof seconds === "string") {
    headers.set("cache-control", `max-age=${seconds}`);
  }
  const { url, method } = request;
  return new Request(url, { method, headers, body: file ?? body });
}

const FILE = "file";

/** Deno leaves out parts without a name. */
function named(form: Buffer): Uint8Array<ArrayBuffer> {
  const nameless = 'name=""; filename=';
  const at = form.indexOf(nameless);
  if (at < 0) return new Uint8Array(form);
  const name = Buffer.from(`name="${FILE}"; filename=`);
  const after = form.subarray(at + nameless.length);
  return new Uint8Array(Buffer.concat([form.subarray(0, at), name, after]));
}

/** Lite takes the route for many URLs for the one for a single URL with an empty path. */
async function signMany(request: Request, lite: Lite): Promise<Response> {
  const { url, headers } = request;
  const { paths, ...body } = await request.json() as { paths: string[] };
  const answers = await Promise.all(paths.map(async (path) => {
    const one = `${url}/${path.split("/").map(encodeURIComponent).join("/")}`;
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await lite.fetch(new Request(one, init));
    const answer = await response.json();
    return response.ok
      ? { ...signed(answer) as object, path, error: null }
      : { path, signedURL: null, error: answer.message };
  }));
  return Response.json(answers);
}

/** The client puts its own URL before `signedURL`. */
export function signed(answer: unknown): unknown {
  const { signedUrl, ...rest } = answer as { signedUrl?: string };
  return { ...rest, signedURL: signedUrl?.replace(API, "") || null };
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

const FOLDER = {
  id: null,
  updated_at: null,
  created_at: null,
  last_accessed_at: null,
  metadata: null,
};

async function list(
  lite: Lite,
  bucket: string,
  options: ListOptions,
): Promise<Response> {
  const { claims, role } = current.getStore()!;
  const vars = {
    auth: { uid: claims.sub ?? null, role, jwt: claims },
    storage: { operation: "storage.object.list" },
  };
  const given = options.prefix ?? "";
  const prefix = given === "" || given.endsWith("/") ? given : `${given}/`;
  const objects = sql<ListedObject>`
    select name, id, updated_at, created_at, last_accessed_at, metadata
    from storage.objects
    where bucket_id = ${bucket} and starts_with(name, ${prefix})`;
  const { rows } = await lite.connection.withContext(
    vars,
    (db) => objects.execute(db),
  );
  return Response.json(level(rows, prefix, options));
}

/** One level of the tree: files as they are, folders without an id, names without the prefix. */
export function level(
  rows: ListedObject[],
  prefix: string,
  { limit = 100, offset = 0, search = "", sortBy = {} }: ListOptions,
): ListedObject[] {
  const entries = new Map<string, ListedObject>();
  for (const row of rows) {
    const [name, ...below] = row.name.slice(prefix.length).split("/");
    if (below.length === 0) entries.set(name, { ...row, name });
    else if (!entries.has(name)) entries.set(name, { ...FOLDER, name });
  }
  const column = (sortBy.column ?? "name") as keyof ListedObject;
  const direction = sortBy.order === "desc" ? -1 : 1;
  return [...entries.values()]
    .filter(({ name }) => name.toLowerCase().startsWith(search.toLowerCase()))
    .sort((a, b) =>
      direction * compare(a[column], b[column]) || compare(a.name, b.name)
    )
    .slice(offset, offset + limit);
}

function compare(a: unknown, b: unknown): number {
  const [x, y] = [String(a ?? ""), String(b ?? "")];
  return x < y ? -1 : x > y ? 1 : 0;
}
