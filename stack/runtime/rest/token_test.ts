import { deepEqual, equal, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { claimsOf, TokenError } from "./token.ts";

const NOW = 1_800_000_000;

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function token(claims: object, secret = "secret", alg = "HS256"): string {
  const signed = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
  const signature = createHmac("sha256", secret).update(signed);
  return `${signed}.${signature.digest("base64url")}`;
}

function claims(authorization?: string) {
  const headers = authorization === undefined ? undefined : { authorization };
  return claimsOf(new Request("http://x", { headers }), "secret", NOW);
}

function refused(authorization: string): string {
  let code = "";
  throws(() => claims(authorization), (error) => {
    code = (error as TokenError).code;
    return error instanceof TokenError;
  });
  return code;
}

Deno.test("a signed token gives its claims", () => {
  deepEqual(claims(`Bearer ${token({ role: "anon" })}`), { role: "anon" });
});

Deno.test("no token is anonymous", () => deepEqual(claims(), {}));

Deno.test("other tokens are refused", () => {
  equal(refused(`Bearer ${token({}, "other secret")}`), "PGRST301");
  equal(refused(`Bearer ${token({}, "secret", "none")}`), "PGRST301");
  equal(refused("Bearer a.b"), "PGRST301");
  equal(refused("Bearer a.b.c"), "PGRST301");
});

Deno.test("a token has its time, give or take 30 seconds", () => {
  equal(refused(`Bearer ${token({ exp: NOW - 31 })}`), "PGRST303");
  equal(refused(`Bearer ${token({ nbf: NOW + 31 })}`), "PGRST303");
  deepEqual(claims(`Bearer ${token({ exp: NOW - 29 })}`), { exp: NOW - 29 });
});
