// Requests that come while the database is dropped and recreated, or restarted, wait a moment instead of failing.

import type { Lite } from "./lite.ts";
import {
  connectionLoss,
  errorResponse,
  unavailable,
} from "./postgrest_errors.ts";
import { current, type RequestContext } from "./request.ts";

const PATIENCE_MS = 2000;
const PAUSE_MS = 50;

type Send = (request: Request) => Promise<Response>;

/** Sends a request, again while the database is away, unless it may have done something already. */
export async function patiently(
  lite: Lite,
  context: RequestContext,
  request: Request,
  send: Send,
): Promise<Response> {
  const deadline = Date.now() + PATIENCE_MS;
  const copies = request.body === null || isJson(request)
    ? await repeatable(request)
    : undefined;
  for (;;) {
    const unread = await unreadable(lite);
    if (unread !== undefined && Date.now() > deadline) return unread;
    if (unread === undefined) {
      context.lost = undefined;
      const attempt = copies?.() ?? request;
      const response = await current.run(context, () => send(attempt));
      if (!mayRepeat(context) || !copies || Date.now() > deadline) {
        return response;
      }
      await response.body?.cancel();
    }
    await pause(PAUSE_MS);
  }
}

function mayRepeat({ lost, method }: RequestContext): boolean {
  return lost === "before" ||
    lost === "during" && (method === "GET" || method === "HEAD");
}

function isJson(request: Request): boolean {
  return request.headers.get("content-type")?.includes("json") ?? false;
}

async function repeatable(request: Request): Promise<() => Request> {
  const { url, method, headers } = request;
  const body = request.body === null ? undefined : await request.arrayBuffer();
  return () => new Request(url, { method, headers, body });
}

/** Why the schema cannot be read now. */
async function unreadable(lite: Lite): Promise<Response | undefined> {
  try {
    await lite.schema.get();
  } catch (error) {
    if (connectionLoss(error) === undefined) console.error(error);
    return errorResponse(503, unavailable("PGRST002", String(error)));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
