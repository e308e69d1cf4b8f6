// Section "GET /admin/users, GET/PUT/DELETE /admin/users/{id}" of the contract with GoTrue; each test quotes the
// sentence that it holds.
import { assert, assertEquals } from "../assert.ts";
import { lines, onWrite, trace, withDatabase } from "../database.ts";
import { admin, type Answer, refused, send } from "../http.ts";
import { address, makeUser, NOBODY, PASSWORD, session, signIn, withUser } from "../users.ts";

const SECRET = { key: "SUPABASE_SECRET_KEY" };
const INVALID = [400, "validation_failed"] as const;
const VERSION_2024 = { "x-supabase-api-version": "2024-01-01" };

function put(id: string, body: object, headers = {}): Promise<Answer> {
  return admin(`/admin/users/${id}`, { method: "PUT", body, headers });
}

function remove(id: string, body?: object, headers = {}): Promise<Answer> {
  return admin(`/admin/users/${id}`, { method: "DELETE", body, headers });
}

/** A change that is refused in both versions of the API. */
function putRefused(id: string, body: object, status: number, code: string, message?: string): Promise<void> {
  return refused(`/admin/users/${id}`, { ...SECRET, method: "PUT", body }, status, code, message);
}

function emails(answer: Answer): string[] {
  return answer.body.users.map((user: { email: string }) => user.email);
}

Deno.test("list: `page` (1), `per_page` (50, no cap), `sort=created_at desc|asc`, `filter`", () =>
  withDatabase(async (sql) => {
    const tag = crypto.randomUUID();
    await sql`insert into auth.users (instance_id, id, aud, role, email, confirmation_token, recovery_token,
        email_change, email_change_token_new, created_at, updated_at, raw_user_meta_data)
      select '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated',
        format('%s-%s@list.test', lpad(n::text, 3, '0'), ${tag}::text), '', '', '', '', now() + n * interval '1 second', now(),
        jsonb_build_object('full_name', format('Name %s O''Hara', n))
      from generate_series(1, 120) n`;
    try {
      const list = (query: string) => admin(`/admin/users?filter=${tag}${query}`);
      const name = (number: number) => `${String(number).padStart(3, "0")}-${tag}@list.test`;
      const first = await list("");
      assertEquals([first.body.aud, emails(first).length, emails(first)[0]], ["authenticated", 50, name(120)]);
      assertEquals(emails(first).at(-1), name(71));
      assertEquals(first.headers.get("x-total-count"), "120");
      const path = `</admin/users?filter=${tag}&page=`;
      assertEquals(first.headers.get("link"), `${path}2>; rel="next", ${path}3>; rel="last"`);
      const last = await list("&page=3");
      assertEquals([emails(last).length, emails(last).at(-1)], [20, name(1)]);
      assertEquals(last.headers.get("link"), `${path}3>; rel="last"`);
      assertEquals(emails(await list("&page=9")), []);
      assertEquals(emails(await list("&page=0")), emails(first));
      assertEquals(emails(await list("&per_page=1000")).length, 120);
      assertEquals(emails(await list("&per_page=2&sort=created_at%20asc")), [name(1), name(2)]);
      assertEquals(emails(await list("&per_page=2&sort=created_at+ASC")), [name(1), name(2)]);
      assertEquals(emails(await list("&per_page=1&sort=created_at")), [name(120)]);
      const byName = await admin("/admin/users?filter=name 7 o'hara");
      assertEquals(emails(byName).filter((email) => email.endsWith(`${tag}@list.test`)), [name(7)]);
      assertEquals(emails(await admin(`/admin/users?filter=${tag.toUpperCase()}`)), []);
      assert(first.body.users.every((user: { identities: unknown }) => user.identities === null), "not null");
    } finally {
      await sql`delete from auth.users where email like ${`%${tag}@list.test`}`;
    }
  }));

Deno.test("only rows with instance_id = zero UUID and aud = request audience", () =>
  withDatabase(async (sql) => {
    const [here, there, elsewhere] = [await makeUser(), await makeUser({ aud: "partners" }), await makeUser()];
    await sql`update auth.users set instance_id = ${NOBODY} where id = ${elsewhere.id}`;
    const listed = emails(await admin("/admin/users?per_page=1000"));
    assertEquals([here, there, elsewhere].map(({ email }) => listed.includes(email)), [true, false, false]);
    const partners = await admin("/admin/users?per_page=1000", { headers: { "x-jwt-aud": "partners" } });
    assertEquals([partners.body.aud, emails(partners)], ["partners", [there.email]]);
    await refused(`/admin/users/${elsewhere.id}`, SECRET, 404, "user_not_found");
    await sql`delete from auth.users where id in ${sql([here.id, there.id, elsewhere.id])}`;
  }));

Deno.test("bad sort or paging 400 `validation_failed`", async () => {
  const why = "Bad Pagination Parameters: ";
  const syntax = (text: string) => `${why}strconv.ParseUint: parsing "${text}": invalid syntax`;
  for (const text of ["x", "-1", "+1", "1.5", "0x10", "1 or 1=1", "' or '1'='1"]) {
    for (const name of ["page", "per_page"]) {
      await refused(`/admin/users?${name}=${encodeURIComponent(text)}`, SECRET, ...INVALID, syntax(text));
    }
  }
  await refused("/admin/users?per_page=0", SECRET, ...INVALID, `${why}per_page must be greater than 0`);
  const range = `${why}strconv.ParseUint: parsing "18446744073709551616": value out of range`;
  await refused("/admin/users?page=18446744073709551616", SECRET, ...INVALID, range);
  await refused("/admin/users?page=18446744073709551615&per_page=2", SECRET, ...INVALID);
  const sorts = ["email", "created_at up", "created_at;drop table auth.users", "1", "created_at,id"];
  for (const sort of sorts) {
    await refused(`/admin/users?sort=${encodeURIComponent(sort)}`, SECRET, ...INVALID);
  }
  await refused("/admin/users?filter=%00", SECRET, ...INVALID);
});

Deno.test("SQL in `filter` is a text like any other", async () => {
  for (const filter of ["' or '1'='1", "%' or 1=1; drop table auth.users; --", "\\", "\\' or 1=1", "$1", "%zz"]) {
    const { status, body } = await admin(`/admin/users?filter=${encodeURIComponent(filter)}`);
    assertEquals([status, body.users], [200, []]);
  }
  assertEquals((await admin("/admin/users?filter=%ff")).status, 200);
});

Deno.test("{id}: not a UUID 404 `validation_failed`; unknown 404 `user_not_found`", async () => {
  const ids = [
    "me",
    "1",
    "%00",
    "%ff",
    "%27%20or%20%271%27=%271",
    "..%2f..%2fhealth",
    "5eed0000-0000-8000-8000-00000000000",
  ];
  for (const method of ["GET", "PUT", "DELETE"]) {
    const body = method === "PUT" ? {} : undefined;
    for (const id of ids) {
      const request = { ...SECRET, method, body };
      await refused(`/admin/users/${id}`, request, 404, "validation_failed", "user_id must be an UUID");
    }
    const message = "User not found";
    await refused(`/admin/users/${NOBODY}`, { ...SECRET, method, body }, 404, "user_not_found", message);
    const bad = method === "GET" ? undefined : "{";
    await refused(`/admin/users/${NOBODY}`, { ...SECRET, method, body: bad }, 404, "user_not_found", message);
  }
});

Deno.test("GET: 200 user with identities", () =>
  withUser(async (user) => {
    const { status, body } = await admin(`/admin/users/${user.id}`);
    assertEquals([status, body], [200, user]);
    assertEquals(body.identities.length, 1);
  }));

Deno.test("PUT: same fields; `id` and `password_hash` are ignored; 200 user", () =>
  withUser(async (user) => {
    const { status, body } = await put(user.id, {
      id: NOBODY,
      password_hash: "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
      role: " manager ",
      phone: `1${Date.now()}`,
      phone_confirm: true,
      ban_duration: "1h",
    });
    assertEquals([status, body.id, body.role], [200, user.id, "manager"]);
    assert(body.phone_confirmed_at && body.banned_until, JSON.stringify(body));
    assertEquals((await put(user.id, { ban_duration: "none" })).body.banned_until, undefined);
    assertEquals((await signIn(user.email)).status, 200);
    assertEquals((await put(user.id, {})).status, 200);
  }));

Deno.test("strength checked: 422 `weak_password` with reasons; minimum never under 6; over 72: 400", () =>
  withUser(async ({ id }) => {
    const message = "Password should be at least 6 characters.";
    for (const password of ["short", ""]) {
      await putRefused(id, { password }, 422, "weak_password", message);
      const { body } = await put(id, { password });
      assertEquals(body.weak_password, { reasons: ["length"] });
    }
    const long = "Password cannot be longer than 72 characters";
    await putRefused(id, { password: "x".repeat(73) }, ...INVALID, long);
    await putRefused(id, { password: "ü".repeat(37) }, ...INVALID, long);
    assertEquals((await put(id, { password: "ü".repeat(36) })).status, 200);
    // The address is looked at first.
    await putRefused(id, { email: "no-at", password: "short" }, ...INVALID);
    await putRefused(id, { phone: "phone" }, ...INVALID);
    await putRefused(id, { ban_duration: "soon" }, ...INVALID);
  }));

Deno.test("metadata is merged, null deletes a key", () =>
  withUser(async ({ id }) => {
    const { body } = await put(id, {
      user_metadata: { a: null, b: { d: 4 }, e: 5, none: null },
      app_metadata: { plan: null, tier: [1] },
    });
    assertEquals(body.user_metadata, { b: { d: 4 }, email_verified: true, e: 5 });
    assertEquals(body.app_metadata, { provider: "email", providers: ["email"], tier: [1] });
  }, { user_metadata: { a: 1, b: { c: 2 } }, app_metadata: { plan: "gold" } }));

Deno.test("new password clears tokens and logs out all sessions", () =>
  withUser(async (user) => {
    const own = await session(user.email);
    const { body: link } = await admin("/admin/generate_link", { body: { type: "recovery", email: user.email } });
    const { body } = await put(user.id, { password: "Another-1" });
    assertEquals("recovery_sent_at" in body, false);
    await refused("/user", { token: own.access_token }, 403, "session_not_found");
    const refresh = { body: { refresh_token: own.refresh_token } };
    await refused("/token?grant_type=refresh_token", refresh, 400, "refresh_token_not_found");
    const verification = { body: { type: "recovery", token_hash: link.hashed_token } };
    await refused("/verify", verification, 403, "otp_expired");
    assertEquals((await signIn(user.email)).body.error_code, "invalid_credentials");
    assertEquals((await signIn(user.email, "Another-1")).status, 200);
  }));

Deno.test("new email creates or updates the email identity", () =>
  withDatabase(async (sql) => {
    const user = await makeUser();
    const [changed, created] = [address("Next"), address("again")];
    const identity = async (email: string, email_confirm: boolean) => {
      const { body } = await put(user.id, { email, email_confirm });
      const [{ email: own, identity_data }] = body.identities;
      assertEquals([body.email, own, body.identities.length], [email.toLowerCase(), email.toLowerCase(), 1]);
      return identity_data.email_verified;
    };
    assertEquals(await identity(changed, false), false);
    await sql`delete from auth.identities where user_id = ${user.id}`;
    assertEquals(await identity(created, true), true);
    assertEquals((await signIn(created)).status, 200);
    await remove(user.id);
  }));

Deno.test('duplicate email is NOT pre-checked: 500 (23505 / "Error updating user")', () =>
  withUser(async ({ id }) => {
    await withUser(async ({ email }) => {
      const old = await put(id, { email });
      assertEquals([old.status, Object.keys(old.body), old.body.code], [500, ["code", "message", "detail"], "23505"]);
      const current = await put(id, { email }, VERSION_2024);
      const message = "Error updating user";
      assertEquals([current.status, current.body], [500, { code: "unexpected_failure", message }]);
    });
    await putRefused(id, { role: "x".repeat(256) }, 500, "unexpected_failure", "Error updating user");
  }));

Deno.test("email_confirm true is the way to confirm a user made by the Edge Function", () =>
  withUser(async ({ id, email }) => {
    assertEquals((await signIn(email)).body.error_code, "email_not_confirmed");
    assertEquals((await put(id, { email_confirm: false })).status, 200);
    assertEquals((await signIn(email)).body.error_code, "email_not_confirmed");
    const { body } = await put(id, { email_confirm: true });
    assertEquals([typeof body.email_confirmed_at, body.user_metadata.email_verified], ["string", true]);
    assertEquals((await signIn(email)).status, 200);
  }, { email_confirm: false }));

Deno.test("PUT, as triggers see it", () =>
  withDatabase(async (sql) => {
    const user = await makeUser({ email_confirm: false });
    const { access_token } = await session((await put(user.id, { email_confirm: true })).body.email);
    assertEquals((await send("/user", { token: access_token })).status, 200);
    await trace(sql);
    await put(user.id, {
      role: "manager",
      email_confirm: true,
      password: "Another-1",
      email: address(),
      app_metadata: { a: 1 },
      user_metadata: { b: 2 },
      ban_duration: "1h",
    });
    // What goes with a session goes in any order.
    const cascaded = ["mfa_amr_claims DELETE", "refresh_tokens DELETE"];
    assertEquals((await lines(sql)).filter((line) => !cascaded.includes(line)), [
      "users UPDATE role",
      "users UPDATE email_confirmed_at",
      "users UPDATE",
      "users UPDATE encrypted_password",
      "sessions DELETE",
      "identities UPDATE email identity_data",
      "users UPDATE email",
      "users UPDATE",
      "users UPDATE raw_app_meta_data",
      "users UPDATE raw_user_meta_data",
      "users UPDATE banned_until",
      "audit_log_entries INSERT",
    ]);
    await remove(user.id);
  }));

Deno.test("PUT: a raising trigger leaves all as it was", () =>
  withDatabase(async (sql) => {
    const user = await makeUser();
    await onWrite(sql, "before update of raw_user_meta_data on auth.users", "raise exception 'not on a Monday'");
    const body = { role: "manager", user_metadata: { a: 1 } };
    const old = await put(user.id, body);
    assertEquals([old.status, old.body], [500, { code: "P0001", message: "not on a Monday" }]);
    const current = await put(user.id, body, VERSION_2024);
    assertEquals(current.body, { code: "unexpected_failure", message: "Error updating user" });
    assertEquals((await admin(`/admin/users/${user.id}`)).body, user);
    await remove(user.id);
  }));

Deno.test("DELETE: optional body; 200 `{}`; hard delete cascades in auth", () =>
  withDatabase(async (sql) => {
    for (const body of [undefined, {}, { should_soft_delete: false }, { should_soft_delete: null }]) {
      const user = await makeUser();
      await session(user.email);
      await admin("/admin/generate_link", { body: { type: "recovery", email: user.email } });
      const { status, body: answer } = await remove(user.id, body);
      assertEquals([status, answer], [200, {}]);
      for (const table of ["identities", "sessions", "refresh_tokens", "one_time_tokens"]) {
        const [{ count }] = await sql`select count(*)::int from auth.${sql(table)} where user_id::text = ${user.id}`;
        assertEquals([table, count], [table, 0]);
      }
      await refused(`/admin/users/${user.id}`, { ...SECRET, method: "DELETE" }, 404, "user_not_found");
    }
    await withUser(async ({ id }) => {
      const request = { ...SECRET, method: "DELETE", body: { should_soft_delete: "yes" } };
      await refused(`/admin/users/${id}`, request, 400, "bad_json");
      await refused(`/admin/users/${id}`, { ...request, body: "[" }, 400, "bad_json");
      assertEquals((await admin(`/admin/users/${id}`)).status, 200);
    });
  }));

Deno.test('a public FK without cascade gives 500 "Database error deleting user"', () =>
  withDatabase(async (sql) => {
    const { id } = await makeUser();
    await sql.unsafe("create table trace.hung (user_id uuid references auth.users)");
    await sql`insert into trace.hung values (${id})`;
    const old = await remove(id);
    assertEquals([old.status, Object.keys(old.body), old.body.code], [500, ["code", "message", "detail"], "23503"]);
    const current = await remove(id, undefined, VERSION_2024);
    const message = "Database error deleting user";
    assertEquals([current.status, current.body], [500, { code: "unexpected_failure", message }]);
    assertEquals((await admin(`/admin/users/${id}`)).status, 200);
    await sql.unsafe("drop table trace.hung");
    assertEquals((await remove(id)).status, 200);
  }));

Deno.test("soft delete hashes email/phone/provider_id, empties metadata, nulls the password", () =>
  withDatabase(async (sql) => {
    const user = await makeUser({ phone: `1${Date.now()}`, user_metadata: { a: 1 }, app_metadata: { b: 2 } });
    const { access_token } = await session(user.email);
    const { status, body } = await remove(user.id, { should_soft_delete: true });
    assertEquals([status, body], [200, {}]);
    const hash = async (text: string) => {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(user.id + text));
      return btoa(String.fromCharCode(...new Uint8Array(digest)))
        .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    };
    const [row] = await sql`select * from auth.users where id = ${user.id}`;
    assertEquals([row.email, row.phone], [await hash(user.email), await hash(user.phone)]);
    assertEquals([row.raw_user_meta_data, row.raw_app_meta_data, row.encrypted_password], [{}, {}, null]);
    assert(row.deleted_at instanceof Date, "not marked as deleted");
    const identities = await sql`select provider_id, identity_data from auth.identities where user_id = ${user.id}`;
    for (const identity of identities) {
      assertEquals([identity.provider_id, identity.identity_data], [await hash(user.id), {}]);
    }
    assertEquals((await signIn(user.email)).body.error_code, "invalid_credentials");
    await refused("/user", { token: access_token }, 403, "session_not_found");
    assertEquals((await remove(user.id, { should_soft_delete: true })).status, 200);
    assertEquals((await remove(user.id)).status, 200);
  }));

Deno.test("other methods and paths are not there", async () => {
  const paths: [string, string, number][] = [
    ["PATCH", "/admin/users", 405],
    ["DELETE", "/admin/users", 405],
    ["GET", "/token", 405],
    ["OPTIONS", "/user", 405],
    ["BREW", "/user", 405],
    ["GET", "//admin/users", 404],
    ["GET", "/admin//users", 404],
    ["GET", "/admin/users/", 404],
    ["GET", "/admin/users%2f", 404],
    ["GET", "/admin", 404],
    ["GET", "", 404],
    ["GET", "/", 404],
  ];
  for (const [method, path, status] of paths) {
    assertEquals([method, path, (await admin(path, { method })).status], [method, path, status]);
  }
  assertEquals((await admin("/admin/users", { method: "HEAD" })).status, 200);
  assertEquals((await send("/user", { method: "HEAD", key: "" })).status, 401);
  await refused("/admin/users", { key: "", headers: { "x-http-method-override": "DELETE" } }, 401, "no_authorization");
  assertEquals((await signIn(address(), PASSWORD)).status, 400);
});
