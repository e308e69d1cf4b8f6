// Requests to the Auth endpoints without a client in between, and what their refusals must look like.
import { assertEquals } from "./assert.ts";

const AUTH = `${Deno.env.get("SUPABASE_URL")}/auth/v1`;

/** How a request differs from `GET` with the publishable key. */
export interface Request {
  method?: string;
  /** The variable of the environment that holds the key. */
  key?: string;
  token?: string;
  /** Sent as it is where it is a text. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** What came back; `body` is parsed where it is JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any
  body: any;
}

/** Sends a request to a path below `/auth/v1`; `POST` where it has a body. */
export async function send(path: string, request: Request = {}): Promise<Answer> {
  const { key = "SUPABASE_PUBLISHABLE_KEY", token, body } = request;
  const headers: Record<string, string> = { ...request.headers };
  if (key) headers.apikey = Deno.env.get(key)!;
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const response = await fetch(AUTH + path, {
    method: request.method ?? (body === undefined ? "GET" : "POST"),
    headers,
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    redirect: "manual",
  });
  const text = await response.text();
  const isJson = text !== "" && (response.headers.get("content-type")?.includes("json") ?? false);
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** The same with a key that may do everything. */
export function admin(path: string, request: Request = {}): Promise<Answer> {
  return send(path, { key: "SUPABASE_SECRET_KEY", ...request });
}

/** Sends a request that must be refused, and checks the refusal in both versions of the API. */
export async function refused(
  path: string,
  request: Request,
  status: number,
  code: string,
  message?: string,
): Promise<void> {
  const old = await send(path, request);
  assertEquals([old.status, old.body.code, old.body.error_code], [status, status, code]);
  assertEquals(old.headers.get("x-sb-error-code"), code);
  assertEquals("error_id" in old.body, status >= 500);

  const version = { "x-supabase-api-version": "2024-01-01" };
  const current = await send(path, { ...request, headers: { ...request.headers, ...version } });
  assertEquals([current.status, current.body.code], [status, code]);
  assertEquals(Object.keys(current.body).filter((name) => name !== "weak_password"), ["code", "message"]);
  assertEquals(current.headers.get("x-sb-error-code"), code);
  assertEquals(current.headers.get("x-supabase-api-version"), "2024-01-01");
  if (message !== undefined) assertEquals([old.body.msg, current.body.message], [message, message]);
}

/** The mails to an address, the newest first. */
export async function mails(to: string): Promise<{ kind: string; otp: string; link: string }[]> {
  const response = await fetch(`${Deno.env.get("SUPABASE_URL")}/_seedbed/mail`);
  const all: { to: string; kind: string; otp: string; link: string }[] = await response.json();
  return all.filter((mail) => mail.to === to);
}
