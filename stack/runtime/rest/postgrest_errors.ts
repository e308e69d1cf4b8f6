// PostgreSQL's errors with PostgREST's HTTP status and body.

import { RelationNotFoundError } from "@supabase/lite";
import { current, type RequestContext } from "./request.ts";

/** An error as PostgreSQL reports it, or as the driver does when the connection is gone. */
export interface DatabaseError {
  code: string;
  message: string;
  detail?: string;
  hint?: string;
}

/** Lite answers these itself as PostgREST does; it needs their code to do so. */
const LEFT_TO_LITE = /^(42501|23503|23505|42703|42883|25006|PT...|PGRST.*)$/;

const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "CONNECT_TIMEOUT",
  "3D000",
  "57P03",
  "53300",
]);
const DISCONNECTED = new Set([
  "ECONNRESET",
  "EPIPE",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "57P01",
  "57P02",
]);

/** Whether the database could not be reached, and whether a statement may have run before that. */
export function connectionLoss(error: unknown): RequestContext["lost"] {
  if (!isDatabaseError(error)) return undefined;
  const refused = error.code === "55000" &&
    error.message.includes("not currently accepting connections");
  if (refused || NOT_CONNECTED.has(error.code)) return "before";
  return DISCONNECTED.has(error.code) ? "during" : undefined;
}

export function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && "code" in error &&
    typeof error.code === "string";
}

/** The HTTP status that PostgREST gives to an SQLSTATE. */
export function statusOf({ code, message }: DatabaseError): number {
  if (code === "21000") {
    return message.endsWith("requires a WHERE clause") ? 400 : 500;
  }
  if (code === "22023") {
    return /^role .* does not exist$/.test(message) ? 401 : 400;
  }
  if (code === "42P01") return 404;
  if (code === "42P17" || code === "53400") return 500;
  if (code === "P0001") return 400;
  if (/^(0L|0P|28)/.test(code)) return 403;
  if (/^(08|53)/.test(code) || code === "57P01") return 503;
  if (/^(09|25|2D|38|39|3B|40|54|55|57|58|F0|HV|P0|XX)/.test(code)) return 500;
  return 400;
}

/**
 * What Lite is to make of an error. Lite turns most SQLSTATEs that it does not know into a 500 of its own
 * form, but lets `raise sqlstate 'PGRST'` choose body and status: that is the form given here.
 */
export function forLite(error: unknown): unknown {
  const context = current.getStore();
  if (context === undefined) return error;
  if (error instanceof RelationNotFoundError) {
    return logged(error, `PGRST205: ${error.message}`);
  }
  if (!isDatabaseError(error)) return error;
  context.lost = connectionLoss(error);
  const { code, message, detail = null, hint = null } = error;
  const line = `${code}: ${message}`;
  if (context.lost !== undefined) {
    return logged(raised(503, unavailable("PGRST001", message)), line);
  }
  if (context.path.startsWith("/storage/") || LEFT_TO_LITE.test(code)) {
    return logged(error, line);
  }
  const body = { code, details: detail, hint, message };
  return logged(raised(statusOf(error), body), line);
}

export interface ErrorBody {
  code: string;
  details: string | null;
  hint: string | null;
  message: string;
}

export function unavailable(
  code: "PGRST001" | "PGRST002",
  reason: string,
): ErrorBody {
  return {
    code,
    details: reason,
    hint: null,
    message: "Database connection error. Retrying the connection.",
  };
}

export function errorResponse(
  status: number,
  body: ErrorBody,
  headers: Record<string, string> = {},
): Response {
  return Response.json(body, { status, headers });
}

function raised(status: number, body: ErrorBody): object {
  return {
    code: "PGRST",
    message: JSON.stringify(body),
    detail: JSON.stringify({ status, headers: {} }),
  };
}

/** Lite writes each error to the log; one line without the caller's data is enough there. */
function logged<T extends object>(error: T, line: string): T {
  Object.defineProperty(error, Symbol.for("Deno.customInspect"), {
    value: () => line,
    configurable: true,
  });
  return error;
}
