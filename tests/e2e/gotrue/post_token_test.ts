// Section "POST /token?grant_type=password" of the contract with GoTrue; each test quotes the sentence that it holds.
import { assert, assertEquals } from "../assert.ts";
import { lines, onWrite, trace, withDatabase, writes } from "../database.ts";
import { admin, refused, send } from "../http.ts";
import { address, makeUser, PASSWORD, session, signIn, withUser } from "../users.ts";

const PATH = "/token?grant_type=password";
const REFRESH = "/token?grant_type=refresh_token";

/** Refused in both versions of the API. */
function check(body: object, status: number, code: string, message?: string): Promise<void> {
  return refused(PATH, { body }, status, code, message);
}

// deno-lint-ignore no-explicit-any
function claimsOf(token: string): any {
  const bytes = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))));
}

Deno.test("body email or phone (not both, 400 `validation_failed`) and password", async () => {
  const both = "Only an email address or phone number should be provided on login.";
  await check({ email: address(), phone: "15550100", password: PASSWORD }, 400, "validation_failed", both);
  for (const body of [{}, { password: PASSWORD }, { email: "", phone: "", password: PASSWORD }, { email: null }]) {
    await check(body, 400, "validation_failed", "missing email or phone");
  }
  await check({ phone: "15550100", password: PASSWORD }, 422, "phone_provider_disabled");
  for (const field of ["email", "phone", "password"]) {
    for (const value of [1, true, [], {}, ["a@b.c"]]) await check({ [field]: value }, 400, "bad_json");
  }
});

Deno.test('400 `invalid_credentials` "Invalid login credentials" (unknown user, no password, wrong password)', () =>
  withUser(async ({ email }) => {
    const invalid = [400, "invalid_credentials", "Invalid login credentials"] as const;
    const wrong = [
      "wrong",
      "",
      PASSWORD.toLowerCase(),
      `${PASSWORD} `,
      "x".repeat(73),
      "x".repeat(100_000),
      "密码",
      "' or '1'='1",
      "$2b$10$",
    ];
    for (const password of wrong) {
      await check({ email, password }, ...invalid);
      await check({ email: `x${email}`, password }, ...invalid);
    }
    await check({ email }, ...invalid);
    const unknown = [
      "no-at",
      `${email}' or '1'='1`,
      "%",
      "_".repeat(email.length),
      ` ${email}`,
      `${email}\n`,
      "a".repeat(300),
      "jürgen@auth.test",
    ];
    for (const email of unknown) await check({ email, password: PASSWORD }, ...invalid);
    await withUser(({ email }) => check({ email, password: PASSWORD }, ...invalid), { password: undefined });
    assertEquals((await signIn(email.toUpperCase())).status, 200);
  }));

Deno.test('also other grant types with "unsupported_grant_type"', async () => {
  for (const grant of ["", "id_token", "web3", "PASSWORD", "password ", "password' or '1'='1", "%ff"]) {
    const path = `/token?grant_type=${encodeURIComponent(grant)}`;
    await refused(path, { body: {} }, 400, "invalid_credentials", "unsupported_grant_type");
  }
  await refused("/token", { body: {} }, 400, "invalid_credentials", "unsupported_grant_type");
});

Deno.test("400 `user_banned` (before the password check); 400 `email_not_confirmed` (after a right password)", () =>
  withUser(async ({ id, email }) => {
    await check({ email, password: "wrong" }, 400, "invalid_credentials");
    await check({ email, password: PASSWORD }, 400, "email_not_confirmed", "Email not confirmed");
    const ban = (ban_duration: string) => admin(`/admin/users/${id}`, { method: "PUT", body: { ban_duration } });
    await ban("1h");
    await check({ email, password: "wrong" }, 400, "user_banned", "User is banned");
    await ban("-1h");
    await check({ email, password: PASSWORD }, 400, "email_not_confirmed", "Email not confirmed");
  }, { email_confirm: false }));

Deno.test("200: access_token, token_type bearer, expires_in, expires_at, refresh_token, user (+ weak_password)", () =>
  withUser(async ({ id, email }) => {
    const { status, body, headers } = await signIn(email);
    assertEquals([status, headers.get("content-type")], [200, "application/json"]);
    const members = [
      "access_token",
      "token_type",
      "expires_in",
      "expires_at",
      "refresh_token",
      "user",
      "weak_password",
    ];
    assertEquals(Object.keys(body), members);
    assertEquals([body.token_type, body.expires_in, body.user.id, body.weak_password], ["bearer", 3600, id, null]);
    const claims = claimsOf(body.access_token);
    assertEquals(Object.keys(claims), [
      "iss",
      "sub",
      "aud",
      "exp",
      "iat",
      "email",
      "phone",
      "app_metadata",
      "user_metadata",
      "role",
      "aal",
      "amr",
      "session_id",
      "is_anonymous",
    ]);
    assertEquals([claims.exp, claims.exp - claims.iat], [body.expires_at, 3600]);
    assertEquals(claims.iss, `${Deno.env.get("SUPABASE_URL")}/auth/v1`);
    assertEquals([claims.sub, claims.aud, claims.email, claims.phone], [id, "authenticated", email, ""]);
    assertEquals([claims.role, claims.aal, claims.is_anonymous], ["authenticated", "aal1", false]);
    assertEquals([claims.user_metadata, claims.app_metadata], [body.user.user_metadata, body.user.app_metadata]);
    const [{ method, timestamp }, ...more] = claims.amr;
    assertEquals([method, Math.abs(timestamp - claims.iat) < 5, more], ["password", true, []]);
  }, { user_metadata: { a: "ü" } }));

Deno.test("side effects: sessions, refresh_tokens (12 characters), mfa_amr_claims, audit, users.last_sign_in_at", () =>
  withDatabase(async (sql) => {
    const user = await makeUser();
    await trace(sql);
    const { body } = await send(PATH, {
      body: { email: user.email, password: PASSWORD },
      headers: { "user-agent": "a'; drop table auth.users; --", "x-forwarded-for": "' or 1=1" },
    });
    const seen = await writes(sql);
    assertEquals(seen.map(({ what, changed }) => [what, ...changed].join(" ")), [
      "audit_log_entries INSERT",
      "sessions INSERT",
      "refresh_tokens INSERT",
      "users UPDATE last_sign_in_at",
      "mfa_amr_claims INSERT",
    ]);
    const [audit, opened, refresh, , amr] = seen.map(({ after }) => after);
    const { payload } = audit;
    assertEquals([payload.action, payload.actor_id, payload.traits], ["login", user.id, { provider: "email" }]);
    const { session_id } = claimsOf(body.access_token);
    assertEquals([opened.id, opened.user_id, opened.aal, opened.not_after], [session_id, user.id, "aal1", null]);
    assertEquals([opened.user_agent, opened.ip], ["a'; drop table auth.users; --", "127.0.0.1"]);
    assert(/^[a-z0-9]{12}$/.test(body.refresh_token), body.refresh_token);
    const { token, user_id, revoked, parent, instance_id } = refresh;
    assertEquals([token, user_id, revoked, parent], [body.refresh_token, user.id, false, null]);
    assertEquals([refresh.session_id, instance_id], [session_id, "00000000-0000-0000-0000-000000000000"]);
    assertEquals([amr.session_id, amr.authentication_method], [session_id, "password"]);
    await admin(`/admin/users/${user.id}`, { method: "DELETE" });
  }));

Deno.test("a trigger that raises at sign-in opens no session", () =>
  withDatabase(async (sql) => {
    const user = await makeUser();
    await onWrite(sql, "after update on auth.users", "raise exception 'not on a Monday'");
    const body = { email: user.email, password: PASSWORD };
    const old = await send(PATH, { body });
    assertEquals([old.status, old.body], [500, { code: "P0001", message: "not on a Monday" }]);
    const current = await send(PATH, { body, headers: { "x-supabase-api-version": "2024-01-01" } });
    const message = "Database error granting user";
    assertEquals([current.status, current.body], [500, { code: "unexpected_failure", message }]);
    const [{ count }] = await sql`select count(*)::int from auth.sessions where user_id = ${user.id}`;
    assertEquals(count, 0);
    await admin(`/admin/users/${user.id}`, { method: "DELETE" });
  }));

Deno.test("a refresh token is good once, and its session ends when somebody else has it", () =>
  withDatabase(async (sql) => {
    const user = await makeUser();
    const refresh = (refresh_token: unknown) => send(REFRESH, { body: { refresh_token } });
    const later = () =>
      sql`update auth.refresh_tokens set updated_at = now() - interval '11 seconds' where user_id = ${user.id}`;
    const first = await session(user.email);
    const other = await session(user.email);
    const second = (await refresh(first.refresh_token)).body;
    assert(second.refresh_token !== first.refresh_token, "the token was not rotated");
    await later();
    // The answer may have been lost: as long as its successor is unused, that is given again.
    assertEquals((await refresh(first.refresh_token)).body.refresh_token, second.refresh_token);
    await trace(sql);
    const third = (await refresh(second.refresh_token)).body;
    assertEquals(await lines(sql), [
      "audit_log_entries INSERT",
      "audit_log_entries INSERT",
      "refresh_tokens UPDATE revoked",
      "refresh_tokens INSERT",
      "users UPDATE",
      "sessions UPDATE refreshed_at",
    ]);
    // Two tabs refresh at once.
    assertEquals((await refresh(second.refresh_token)).body.refresh_token, third.refresh_token);
    const both = await Promise.all([refresh(third.refresh_token), refresh(third.refresh_token)]);
    assertEquals(both[0].body.refresh_token, both[1].body.refresh_token);
    await later();
    const used = [400, "refresh_token_already_used", "Invalid Refresh Token: Already Used"] as const;
    await refused(REFRESH, { body: { refresh_token: first.refresh_token } }, ...used);
    await later();
    for (const { refresh_token } of [second, third]) await refused(REFRESH, { body: { refresh_token } }, ...used);
    assertEquals((await refresh(other.refresh_token)).status, 200);
    await admin(`/admin/users/${user.id}`, { method: "DELETE" });
    const gone = [400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found"] as const;
    await refused(REFRESH, { body: { refresh_token: other.refresh_token } }, ...gone);
  }));

Deno.test("refresh tokens that are none, of expired sessions and of banned users", () =>
  withDatabase(async (sql) => {
    const gone = [400, "refresh_token_not_found"] as const;
    for (const refresh_token of ["x", "x' or '1'='1", "%", "é", "x".repeat(5000), "a.b.c"]) {
      await refused(REFRESH, { body: { refresh_token } }, ...gone);
    }
    for (const refresh_token of [1, true, [], {}]) {
      await refused(REFRESH, { body: { refresh_token } }, 400, "bad_json");
    }
    for (const body of [{}, { refresh_token: "" }, { refresh_token: null }]) {
      const answer = await send(REFRESH, { body });
      const told = { error: "invalid_request", error_description: "refresh_token required" };
      assertEquals([answer.status, answer.body], [400, told]);
    }
    await withUser(async ({ id, email }) => {
      const body = { refresh_token: (await session(email)).refresh_token };
      await admin(`/admin/users/${id}`, { method: "PUT", body: { ban_duration: "1h" } });
      await refused(REFRESH, { body }, 400, "user_banned", "Invalid Refresh Token: User Banned");
      await admin(`/admin/users/${id}`, { method: "PUT", body: { ban_duration: "none" } });
      await sql`update auth.sessions set not_after = now() - interval '1 second' where user_id = ${id}`;
      await refused(REFRESH, { body }, 400, "session_expired", "Invalid Refresh Token: Session Expired");
      await sql`delete from auth.sessions where user_id = ${id}`;
      await refused(REFRESH, { body }, ...gone);
    });
  }));

Deno.test("who has signed out is out, with both tokens", () =>
  withUser(async ({ email }) => {
    for (const scope of ["global", "local", "others"]) {
      const [own, other] = [await session(email), await session(email)];
      const path = `/logout?scope=${scope}`;
      assertEquals((await send(path, { method: "POST", token: own.access_token })).status, 204);
      const isIn = async ({ access_token: token, refresh_token }: typeof own) => [
        (await send("/user", { token })).status === 200,
        (await send(REFRESH, { body: { refresh_token } })).status === 200,
      ];
      assertEquals([scope, await isIn(own)], [scope, scope === "others" ? [true, true] : [false, false]]);
      assertEquals([scope, await isIn(other)], [scope, scope === "local" ? [true, true] : [false, false]]);
    }
    const { access_token: token } = await session(email);
    for (const scope of ["some", "' or 1=1", "GLOBAL"]) {
      const path = `/logout?scope=${encodeURIComponent(scope)}`;
      await refused(path, { method: "POST", token }, 400, "validation_failed");
    }
  }));
