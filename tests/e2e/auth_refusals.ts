// Refusals of the endpoints that the contract with GoTrue only names: users themselves, mails, links, what is off.
import { assert, assertEquals } from "./assert.ts";
import { refused, send } from "./http.ts";
import { signed } from "./tokens.ts";
import { NOBODY, session, withUser } from "./users.ts";

const SECRET = { key: "SUPABASE_SECRET_KEY" };

Deno.test("a token must have a living user and session", async () => {
  await refused("/user", { key: "" }, 401, "no_authorization");
  await refused("/user", {}, 403, "bad_jwt", "invalid claim: missing sub claim");
  const claims = { role: "authenticated", aud: "authenticated" };
  const nobody = await signed({ ...claims, sub: NOBODY });
  await refused("/user", { token: nobody }, 403, "user_not_found", "User from sub claim in JWT does not exist");
  const notUuid = await signed({ ...claims, sub: "me" });
  await refused("/user", { token: notUuid }, 400, "bad_jwt", "invalid claim: sub claim must be a UUID");
  await withUser(async ({ id, email }) => {
    const dead = await signed({ ...claims, sub: id, session_id: NOBODY });
    const message = "Session from session_id claim in JWT does not exist";
    await refused("/user", { token: dead }, 403, "session_not_found", message);
    const { access_token } = await session(email);
    await refused("/user", { token: access_token, headers: { "x-jwt-aud": "other" } }, 400, "validation_failed");
    await refused("/logout?scope=some", { method: "POST", token: access_token }, 400, "validation_failed");
    assertEquals((await send("/logout", { method: "POST", token: access_token })).status, 204);
    await refused("/user", { token: access_token }, 403, "session_not_found", message);
  });
});

Deno.test("changes that nobody may make to oneself", () =>
  withUser(async ({ email }) => {
    const { access_token: token } = await session(email);
    const check = (body: object, status: number, code: string, message?: string) =>
      refused("/user", { method: "PUT", token, body }, status, code, message);
    const long = "Password cannot be longer than 72 characters";
    await check({ password: "x".repeat(73) }, 400, "validation_failed", long);
    await check({ password: "ü".repeat(37) }, 400, "validation_failed", long);
    await check({ password: "short" }, 422, "weak_password");
    await check({ password: "" }, 422, "weak_password");
    await check({ phone: "15550100" }, 422, "phone_provider_disabled");
    await check({ app_metadata: { role: "admin" } }, 403, "not_admin");
    for (const email of ["no-at", "jürgen@auth.test", "a@b.c\r\nbcc: d@e.f"]) {
      await check({ email }, 400, "validation_failed");
    }
    await check({ data: {}, code_challenge: "x" }, 400, "validation_failed");
    for (const field of ["email", "password", "phone"]) {
      for (const value of [1, true, [], {}]) await check({ [field]: value }, 400, "bad_json");
    }
    for (const value of [1, "x", []]) await check({ data: value }, 400, "bad_json");
    // What an administrator decides is not theirs to set, and is passed over.
    const more = { role: "service_role", email_confirm: true, ban_duration: "none", id: NOBODY, aud: "other" };
    const answer = await send("/user", { method: "PUT", token, body: { ...more, data: { a: "ü" } } });
    assertEquals([answer.status, answer.body.role, answer.body.aud], [200, "authenticated", "authenticated"]);
    assertEquals(answer.body.user_metadata.a, "ü");
  }));

Deno.test("mails and links that are refused", async () => {
  await refused("/recover", { body: {} }, 400, "validation_failed", "Password recovery requires an email");
  await refused("/resend", { body: { type: "x" } }, 400, "validation_failed");
  await refused("/resend", { body: { type: "signup" } }, 400, "validation_failed");
  await refused("/otp", { body: {} }, 400, "validation_failed");
  await refused("/otp", { body: { phone: "15550100" } }, 400, "phone_provider_disabled");
  await refused("/verify", { body: { token: "1" } }, 400, "validation_failed", "Verify requires a verification type");
  await refused("/verify", { body: { type: "email" } }, 400, "validation_failed");
  await refused("/verify", { body: { type: "email", token: "1" } }, 400, "validation_failed");
  const both = { type: "email", token_hash: "1", email: "a@b.c" };
  await refused("/verify", { body: both }, 400, "validation_failed", "Only the token_hash and type should be provided");
  await refused("/verify", { body: { type: "email", token_hash: "1" } }, 403, "otp_expired");
  await refused("/verify", { body: { type: "x", token_hash: "1" } }, 400, "validation_failed");
  const guess = { type: "email", token: "123456", email: "nobody@auth.test" };
  await refused("/verify", { body: guess }, 403, "otp_expired", "Token has expired or is invalid");
  await refused("/verify?token=x", {}, 400, "validation_failed", "Verify requires a verification type");
  const link = await send("/verify?token=x&type=signup&redirect_to=https://evil.example");
  assertEquals(link.status, 303);
  const location = new URL(link.headers.get("location")!);
  assert(location.hostname !== "evil.example", `led to ${location}`);
  assertEquals(new URLSearchParams(location.hash.slice(1)).get("error_code"), "otp_expired");
  const link_of = (body: object) => ({ ...SECRET, body });
  const unknown = { type: "recovery", email: "nobody@auth.test" };
  await refused("/admin/generate_link", link_of(unknown), 404, "user_not_found");
  await refused("/admin/generate_link", link_of({ type: "x", email: "a@b.c" }), 400, "validation_failed");
  await withUser(async ({ email }) => {
    const message = "A user with this email address has already been registered";
    await refused("/invite", link_of({ email }), 422, "email_exists", message);
    for (const type of ["invite", "signup"]) {
      await refused("/admin/generate_link", link_of({ type, email }), 422, "email_exists", message);
    }
    assertEquals((await send("/recover", { body: { email } })).status, 200);
    await refused("/recover", { body: { email } }, 429, "over_email_send_rate_limit");
  });
});

Deno.test("what is switched off says so", async () => {
  await refused("/authorize?provider=github", {}, 400, "validation_failed");
  await refused("/sso", { body: {} }, 404, "saml_provider_disabled");
  await withUser(async ({ email }) => {
    const { access_token: token } = await session(email);
    await refused("/factors", { body: {}, token }, 422, "mfa_totp_enroll_not_enabled");
    await refused("/user/identities/authorize", { token }, 404, "manual_linking_disabled");
    await refused("/user", { method: "PUT", body: { app_metadata: {} }, token }, 403, "not_admin");
  });
  assertEquals((await send("/nothing")).status, 404);
  const settings = (await send("/settings")).body;
  assertEquals([settings.external.email, settings.external.github], [true, false]);
  assertEquals((await send("/health")).body.name, "GoTrue");
});

Deno.test("browsers may call", async () => {
  const headers = {
    origin: "http://localhost:3000",
    "access-control-request-method": "POST",
    "access-control-request-headers": "apikey,authorization,x-client-info,x-supabase-api-version",
  };
  const preflight = await send("/token?grant_type=password", { key: "", method: "OPTIONS", headers });
  assertEquals(preflight.status, 200);
  assertEquals(preflight.headers.get("access-control-allow-origin"), "*");
  assertEquals(preflight.headers.get("access-control-allow-headers"), headers["access-control-request-headers"]);
});
