// What every function answers with: JSON, errors of one shape, CORS.

const CORS_HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers":
    "authorization, x-client-info, apikey, content-type, x-supabase-api-version",
  "Access-Control-Allow-Methods": "POST, PATCH, OPTIONS",
  "Access-Control-Max-Age": "3600",
};

/** A request that is refused: becomes `{ "error": { code, message, fields? } }` with that status. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Names of the fields that are wrong. */
    readonly fields?: string[],
  ) {
    super(message);
  }
}

/** An answer to the preflight request of a browser. */
export function preflight(): Response {
  return new Response(null, { status: 204, headers: CORS_HEADERS });
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...CORS_HEADERS, ...headers } });
}

/** The answer to a request that failed. What is not a refusal is our fault: logged here, not shown. */
export function failure(error: unknown): Response {
  if (error instanceof Refusal) {
    const { status, code, message, fields } = error;
    const headers: Record<string, string> = status === 405 ? { Allow: "POST, PATCH, OPTIONS" } : {};
    return json(status, { error: { code, message, ...(fields && { fields }) } }, headers);
  }
  console.error(error);
  return json(500, { error: { code: "unexpected_failure", message: "Something went wrong on our side" } });
}

/** The token of `Authorization: Bearer …`; without that header the key in `apikey`. */
export function credential(request: Request): string {
  const authorization = request.headers.get("Authorization");
  const token = authorization === null
    ? request.headers.get("apikey")
    : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (!token) {
    throw new Refusal(401, "no_authorization", "This needs an Authorization header with a bearer token");
  }
  return token;
}

/** The body as a JSON object of at most `limit` bytes. */
export async function jsonObject(request: Request, limit: number): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await bytes(request, limit));
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, "bad_json", "The body is not JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Refusal(400, "bad_json", "The body is not a JSON object");
  }
  return body as Record<string, unknown>;
}

async function bytes(request: Request, limit: number): Promise<Uint8Array> {
  const read: number[] = [];
  for await (const chunk of request.body ?? []) {
    if (read.length + chunk.length > limit) {
      throw new Refusal(413, "request_entity_too_large", `The body is larger than ${limit} bytes`);
    }
    read.push(...chunk);
  }
  return new Uint8Array(read);
}
