// The internal token that the gateway sends in place of the caller's.

import { createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { errorResponse } from "./postgrest_errors.ts";
import type { Claims } from "./request.ts";

/** Why a token is refused, under PostgREST's code. */
export class TokenError extends Error {
  constructor(
    readonly code: "PGRST301" | "PGRST303",
    override readonly message: string,
  ) {
    super(message);
  }

  response(): Response {
    const { code, message } = this;
    const challenge =
      `Bearer error="invalid_token", error_description="${message}"`;
    const body = { code, details: null, hint: null, message };
    return errorResponse(401, body, { "www-authenticate": challenge });
  }
}

/** The claims of a request's bearer token; a request without one is anonymous. */
export function claimsOf(
  request: Request,
  secret: string,
  now = Date.now() / 1000,
): Claims {
  const header = request.headers.get("authorization");
  if (header === null) return {};
  const [head, payload, signature, ...more] = header.replace(/^Bearer\s+/i, "")
    .split(".");
  if (!head || !payload || !signature || more.length > 0) {
    throw new TokenError(
      "PGRST301",
      "Expected 3 parts in JWT; got " + header.split(".").length,
    );
  }
  const expected = createHmac("sha256", secret).update(`${head}.${payload}`)
    .digest();
  const given = Buffer.from(signature, "base64url");
  if (
    algorithm(head) !== "HS256" || given.length !== expected.length ||
    !timingSafeEqual(given, expected)
  ) {
    throw new TokenError("PGRST301", "No suitable key or wrong key type");
  }
  const claims = decode(payload);
  if (typeof claims.exp === "number" && claims.exp < now - 30) {
    throw new TokenError("PGRST303", "JWT expired");
  }
  if (typeof claims.nbf === "number" && claims.nbf > now + 30) {
    throw new TokenError("PGRST303", "JWT not yet valid");
  }
  return claims;
}

function algorithm(head: string): unknown {
  return decode(head).alg;
}

function decode(part: string): Claims {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    throw new TokenError("PGRST301", "JWT cryptographic operation failed");
  }
}
