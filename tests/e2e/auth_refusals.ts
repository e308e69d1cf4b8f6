// Every refusal of Auth that a client can meet: status, code and body, in both versions of the API.
import { assert, assertEquals } from "./assert.ts";
import { admin, refused, send } from "./http.ts";

const PASSWORD = "TestPass123!";
const SECRET = { key: "SUPABASE_SECRET_KEY" };
const NOBODY = "5eed0000-0000-8000-8000-000000000000";

/** Makes a user, hands it to the body, and removes it. */
async function withUser(
  // deno-lint-ignore no-explicit-any
  body: (user: any, email: string) => Promise<void>,
  more: Record<string, unknown> = {},
): Promise<void> {
  const email = `refusals-${crypto.randomUUID()}@auth.test`;
  const made = await admin("/admin/users", { body: { email, password: PASSWORD, email_confirm: true, ...more } });
  assertEquals(made.status, 200);
  try {
    await body(made.body, email);
  } finally {
    await admin(`/admin/users/${made.body.id}`, { method: "DELETE" });
  }
}

async function signIn(email: string) {
  const answer = await send("/token?grant_type=password", { body: { email, password: PASSWORD } });
  assertEquals(answer.status, 200);
  return answer.body;
}

function base64url(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A token signed with HS256. */
async function forged(claims: object, secret: string, header: object = { alg: "HS256", typ: "JWT" }) {
  const message = `${base64url(header)}.${base64url(claims)}`;
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(message)));
  return `${message}.${btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

const LOCAL_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long";
const MALFORMED = "invalid JWT: unable to parse or verify signature, token is malformed: ";

Deno.test("administration needs the right token", async () => {
  const message = "This endpoint requires a valid Bearer token";
  await refused("/admin/users", { key: "" }, 401, "no_authorization", message);
  await refused("/admin/users", { headers: { authorization: "Basic x" } }, 401, "no_authorization", message);
  await refused("/admin/users", {}, 403, "not_admin", "User not allowed");
  await refused("/invite", { body: { email: "a@b.c" } }, 403, "not_admin", "User not allowed");
  const segments = `${MALFORMED}token contains an invalid number of segments`;
  await refused("/admin/users", { token: "garbage" }, 403, "bad_jwt", segments);
  const forgeries = [
    await forged({ role: "service_role" }, "another secret of good length"),
    await forged({ role: "service_role", exp: 1 }, LOCAL_SECRET),
    await forged({ role: "service_role", nbf: 4_000_000_000 }, LOCAL_SECRET),
    await forged({ role: "service_role" }, LOCAL_SECRET, { alg: "ES256", kid: "foreign" }),
    `${base64url({ alg: "none" })}.${base64url({ role: "service_role" })}.`,
    `${base64url({ alg: "None" })}.${base64url({ role: "service_role" })}.x`,
  ];
  for (const token of forgeries) await refused("/admin/users", { token }, 403, "bad_jwt");
  await withUser(async (_, email) => {
    const { access_token } = await signIn(email);
    await refused("/admin/users", { token: access_token }, 403, "not_admin");
  });
});

Deno.test("a token must have a living user and session", async () => {
  await refused("/user", { key: "" }, 401, "no_authorization");
  await refused("/user", {}, 403, "bad_jwt", "invalid claim: missing sub claim");
  const claims = { role: "authenticated", aud: "authenticated" };
  const nobody = await forged({ ...claims, sub: NOBODY }, LOCAL_SECRET);
  await refused("/user", { token: nobody }, 403, "user_not_found", "User from sub claim in JWT does not exist");
  const notUuid = await forged({ ...claims, sub: "me" }, LOCAL_SECRET);
  await refused("/user", { token: notUuid }, 400, "bad_jwt", "invalid claim: sub claim must be a UUID");
  await withUser(async (user, email) => {
    const dead = await forged({ ...claims, sub: user.id, session_id: NOBODY }, LOCAL_SECRET);
    const message = "Session from session_id claim in JWT does not exist";
    await refused("/user", { token: dead }, 403, "session_not_found", message);
    const { access_token } = await signIn(email);
    await refused("/user", { token: access_token, headers: { "x-jwt-aud": "other" } }, 400, "validation_failed");
    await refused("/logout?scope=some", { method: "POST", token: access_token }, 400, "validation_failed");
    assertEquals((await send("/logout", { method: "POST", token: access_token })).status, 204);
    await refused("/user", { token: access_token }, 403, "session_not_found", message);
  });
});

Deno.test("bodies must be JSON of a sensible size", async () => {
  for (const body of ["", "{", "[]", "[1]", '"text"', '{"email":5}', '{"email":"a\\u0000b@c.d"}']) {
    for (const path of ["/admin/users", "/invite", "/token?grant_type=password", "/signup", "/recover", "/verify"]) {
      await refused(path, { ...SECRET, method: "POST", body }, 400, "bad_json");
    }
  }
  const body = JSON.stringify({ email: "x".repeat(1 << 20) });
  await refused("/admin/users", { ...SECRET, body }, 413, "request_entity_too_large");
});

Deno.test("users that cannot be made", async () => {
  const check = (body: object, status: number, code: string, message?: string) =>
    refused("/admin/users", { ...SECRET, body }, status, code, message);
  const email = `never-${crypto.randomUUID()}@auth.test`;
  await check({}, 400, "validation_failed", "Cannot create a user without either an email or phone");
  const format = "Unable to validate email address: invalid format";
  for (const bad of ["no-at", "a@", "@b.c", "jürgen@auth.test", "a b@c.d", "a@b.c\r\nx: y", "a@b.c'--@"]) {
    await check({ email: bad }, 400, "validation_failed", format);
  }
  await check({ email: `${"x".repeat(250)}@auth.test` }, 400, "validation_failed", "An email address is too long");
  await check(
    { email, password: PASSWORD, password_hash: "$2a$10$x" },
    400,
    "validation_failed",
    "Only a password or a password hash should be provided",
  );
  await check({ email, password_hash: "plain" }, 500, "unexpected_failure", "Error creating user");
  await check({ email, password: "x".repeat(73) }, 500, "unexpected_failure");
  await check({ email, id: "me" }, 400, "validation_failed", "ID must conform to the uuid v4 format");
  const nil = "00000000-0000-0000-0000-000000000000";
  await check({ email, id: nil }, 400, "validation_failed", "ID cannot be a nil uuid");
  const ban = 'invalid format for ban duration: time: unknown unit "d" in duration "1d"';
  await check({ email, ban_duration: "1d" }, 400, "validation_failed", ban);
  await check({ email, phone: "phone" }, 400, "validation_failed");
  assertEquals((await admin(`/admin/users?filter=${email}`)).body.users, []);
  await withUser(async (user, taken) => {
    const message = "A user with this email address has already been registered";
    await check({ email: taken.toUpperCase() }, 422, "email_exists", message);
    await check({ email, phone: user.phone }, 422, "phone_exists", "Phone number already registered by another user");
  }, { phone: `+1${Date.now()}` });
});

Deno.test("an id, a hash and plus-addresses are taken as they are", async () => {
  const id = "5eed0000-0000-5000-8000-00000000abcd";
  const email = `plus+${crypto.randomUUID()}@auth.test`;
  // The hash of "password", from the documentation of bcrypt.
  const password_hash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
  const made = await admin("/admin/users", { body: { id, email, password_hash, user_metadata: {} } });
  assertEquals([made.status, made.body.id, made.body.email], [200, id, email]);
  assertEquals((await admin(`/admin/users/${id}`, { method: "DELETE" })).body, {});
});

Deno.test("users that cannot be read or changed", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    const body = method === "PUT" ? {} : undefined;
    await refused("/admin/users/me", { ...SECRET, method, body }, 404, "validation_failed", "user_id must be an UUID");
    await refused(`/admin/users/${NOBODY}`, { ...SECRET, method, body }, 404, "user_not_found", "User not found");
  }
  await withUser(async (user) => {
    const path = `/admin/users/${user.id}`;
    const check = (body: object, status: number, code: string, message?: string) =>
      refused(path, { ...SECRET, method: "PUT", body }, status, code, message);
    await check({ password: "short" }, 422, "weak_password", "Password should be at least 8 characters.");
    const weak = await admin(path, { method: "PUT", body: { password: "short" } });
    assertEquals(weak.body.weak_password, { reasons: ["length"] });
    await check({ password: "x".repeat(73) }, 400, "validation_failed");
    await check({ email: "no-at" }, 400, "validation_failed");
    await check({ ban_duration: "soon" }, 400, "validation_failed");
    await withUser(async (_, taken) => {
      const old = await admin(path, { method: "PUT", body: { email: taken } });
      assertEquals([old.status, old.body.code], [500, "23505"]);
      assert("message" in old.body, JSON.stringify(old.body));
      const headers = { "x-supabase-api-version": "2024-01-01" };
      const current = await admin(path, { method: "PUT", body: { email: taken }, headers });
      assertEquals(current.body, { code: "unexpected_failure", message: "Error updating user" });
    });
    const soft = await admin(path, { method: "DELETE", body: { should_soft_delete: true } });
    assertEquals([soft.status, soft.body], [200, {}]);
    const left = (await admin(path)).body;
    assert(left.deleted_at && left.email !== user.email && !left.email.includes("@"), JSON.stringify(left));
  });
});

Deno.test("lists with bad parameters", async () => {
  for (const query of ["page=x", "page=-1", "per_page=0", "per_page=x", "sort=email", "sort=created_at+up"]) {
    await refused(`/admin/users?${query}`, SECRET, 400, "validation_failed");
  }
  const filter = encodeURIComponent("%' or 1=1; drop table auth.users; --");
  assertEquals((await admin(`/admin/users?filter=${filter}`)).body.users, []);
  const { headers, body } = await admin("/admin/users?per_page=1&page=1");
  assert(Number(headers.get("x-total-count")) >= body.users.length, "no total count");
  assert(headers.get("link")!.endsWith('rel="last"'), `link: ${headers.get("link")}`);
  assert(body.users.every((user: { identities: unknown }) => user.identities === null), "identities are listed");
});

Deno.test("sign-ins that fail", async () => {
  const check = (body: object, status: number, code: string, message?: string) =>
    refused("/token?grant_type=password", { body }, status, code, message);
  const invalid = [400, "invalid_credentials", "Invalid login credentials"] as const;
  await withUser(async (user, email) => {
    await check({ email, password: "wrong" }, ...invalid);
    await check({ email, password: "" }, ...invalid);
    await check({ email, password: "x".repeat(5000) }, ...invalid);
    await check({ email: `x${email}`, password: PASSWORD }, ...invalid);
    await check({ email: `${email}' or '1'='1`, password: PASSWORD }, ...invalid);
    await check({ email, phone: "1", password: PASSWORD }, 400, "validation_failed");
    await check({ password: PASSWORD }, 400, "validation_failed", "missing email or phone");
    await check({ phone: "15550100", password: PASSWORD }, 422, "phone_provider_disabled");
    assertEquals((await signIn(email.toUpperCase())).user.id, user.id);
    const ban = { method: "PUT", body: { ban_duration: "1h" } };
    const { access_token } = await signIn(email);
    assertEquals((await admin(`/admin/users/${user.id}`, ban)).status, 200);
    await check({ email, password: "wrong" }, 400, "user_banned", "User is banned");
    await refused("/user", { token: access_token }, 403, "user_banned");
  });
  await withUser(
    (_, email) => check({ email, password: PASSWORD }, 400, "email_not_confirmed", "Email not confirmed"),
    { email_confirm: false },
  );
  for (const grant of ["", "id_token", "web3"]) {
    const path = `/token?grant_type=${grant}`;
    await refused(path, { body: {} }, 400, "invalid_credentials", "unsupported_grant_type");
  }
});

Deno.test("a refresh token is good once, and for ten seconds more", () =>
  withUser(async (_, email) => {
    const refresh = (refresh_token: string) => send("/token?grant_type=refresh_token", { body: { refresh_token } });
    const first = await signIn(email);
    const second = (await refresh(first.refresh_token)).body;
    assert(second.refresh_token !== first.refresh_token, "the token was not rotated");
    assertEquals((await refresh(first.refresh_token)).body.refresh_token, second.refresh_token);
    const both = await Promise.all([refresh(second.refresh_token), refresh(second.refresh_token)]);
    assertEquals(both.map((answer) => answer.status), [200, 200]);
    assertEquals(both[0].body.refresh_token, both[1].body.refresh_token);
    await refused(
      "/token?grant_type=refresh_token",
      { body: { refresh_token: "x' or '1'='1" } },
      400,
      "refresh_token_not_found",
      "Invalid Refresh Token: Refresh Token Not Found",
    );
    const none = await send("/token?grant_type=refresh_token", { body: {} });
    assertEquals(none.body, { error: "invalid_request", error_description: "refresh_token required" });
    await send("/logout", { method: "POST", token: second.access_token });
    assertEquals((await refresh(second.refresh_token)).body.error_code, "refresh_token_not_found");
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
  await withUser(async (_, email) => {
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
  await withUser(async (_, email) => {
    const { access_token: token } = await signIn(email);
    await refused("/factors", { body: {}, token }, 422, "mfa_totp_enroll_not_enabled");
    await refused("/user/identities/authorize", { token }, 404, "manual_linking_disabled");
    await refused("/user", { method: "PUT", body: { app_metadata: {} }, token }, 403, "not_admin");
  });
  assertEquals((await send("/nothing")).status, 404);
  const settings = (await send("/settings")).body;
  assertEquals([settings.external.email, settings.external.github], [true, false]);
  assertEquals((await send("/health")).body.name, "GoTrue");
});

Deno.test("an unknown user takes as long as a wrong password", () =>
  withUser(async (_, email) => {
    const time = async (email: string) => {
      const start = performance.now();
      for (let turn = 0; turn < 5; turn++) {
        await send("/token?grant_type=password", { body: { email, password: "wrong" } });
      }
      return performance.now() - start;
    };
    const [known, unknown] = [await time(email), await time(`x${email}`)];
    assert(known < 3 * unknown && unknown < 3 * known, `known ${known} ms, unknown ${unknown} ms`);
  }));

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
