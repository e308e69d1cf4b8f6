// What PostgREST does where a client states no preference, and Lite does otherwise.

const CHANGES = new Set(["POST", "PATCH", "PUT", "DELETE"]);
const MINIMAL = "return=minimal";

/** Sends a request with PostgREST's default preferences, and answers as PostgREST would. */
export async function withDefaults(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!CHANGES.has(request.method) || pathname.startsWith("/rest/v1/rpc/")) {
    return await send(request);
  }
  const stated = request.headers.get("prefer") ?? "";
  const silent = !/\breturn=/.test(stated);
  if (silent) {
    request.headers.set("prefer", stated ? `${stated},${MINIMAL}` : MINIMAL);
  }
  const response = await send(request);
  const { headers } = response;
  const applied = headers.get("preference-applied");
  if (silent && applied !== null) {
    const said = applied.split(/, */).filter((one) => one !== MINIMAL);
    if (said.length > 0) headers.set("preference-applied", said.join(", "));
    else headers.delete("preference-applied");
  }
  const range = headers.get("content-range");
  if (request.method === "PATCH" && range !== null) {
    headers.set("content-range", rangeOfUpdate(range));
  }
  return response;
}

/** PostgREST counts updated rows as a range, not only as a sum. */
export function rangeOfUpdate(range: string): string {
  const count = Number(/^\*\/(\d+)$/.exec(range)?.[1] ?? 0);
  return count > 0 ? `0-${count - 1}/${count}` : range;
}
