// Section "POST /admin/users" of the contract with GoTrue; each test quotes the sentence that it holds.
import { assert, assertEquals } from "../assert.ts";
import { lines, onWrite, trace, withDatabase, writes } from "../database.ts";
import { admin, type Answer, refused } from "../http.ts";
import { address, makeUser, PASSWORD, signIn, withUser } from "../users.ts";

const SECRET = { key: "SUPABASE_SECRET_KEY" };
const INVALID = [400, "validation_failed"] as const;

/** Hashes with their passwords, from the documentation of each algorithm. */
const KNOWN_HASHES = [
  ["$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "abc123xyz"],
  ["$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"],
  ["$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", "password"],
  [
    "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0Qs" +
    "EmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZ" +
    "ilo78198JAdRuid5lQ==",
    "user1password",
  ],
];

/** Refused in both versions of the API. */
function check(body: object, status: number, code: string, message?: string): Promise<void> {
  return refused("/admin/users", { ...SECRET, body }, status, code, message);
}

/** Makes a user and removes it again. */
async function made(body: object): Promise<Answer> {
  const answer = await admin("/admin/users", { body });
  if (answer.status === 200) await admin(`/admin/users/${answer.body.id}`, { method: "DELETE" });
  return answer;
}

Deno.test("200 (not 201) with the user object", async () => {
  const email = address("All+Of");
  const body = { email, password: PASSWORD, aud: "authenticated", role: "manager", email_confirm: true };
  const { status, body: user } = await made({
    ...body,
    phone: "+1 555 0100",
    phone_confirm: true,
    user_metadata: { first_name: "Ada" },
    app_metadata: { plan: "gold" },
    ban_duration: "87600h",
  });
  assertEquals(status, 200);
  assertEquals(Object.keys(user), [
    "id",
    "aud",
    "role",
    "email",
    "email_confirmed_at",
    "phone",
    "phone_confirmed_at",
    "confirmed_at",
    "app_metadata",
    "user_metadata",
    "identities",
    "created_at",
    "updated_at",
    "banned_until",
    "is_anonymous",
  ]);
  assertEquals([user.aud, user.role, user.email], ["authenticated", "manager", email.toLowerCase()]);
  assertEquals([user.phone, user.is_anonymous], ["15550100", false]);
  assertEquals(user.user_metadata, { first_name: "Ada", email_verified: true });
  assertEquals(user.app_metadata, { provider: "email", providers: ["email", "phone"], plan: "gold" });
  const years = (Date.parse(user.banned_until) - Date.now()) / (365.25 * 24 * 3_600_000);
  assertEquals(Math.round(years), 10);
  const [own, other] = user.identities;
  assertEquals(Object.keys(own), [
    "identity_id",
    "id",
    "user_id",
    "identity_data",
    "provider",
    "last_sign_in_at",
    "created_at",
    "updated_at",
    "email",
  ]);
  assertEquals([own.id, own.user_id, own.provider, own.email], [user.id, user.id, "email", user.email]);
  assertEquals([other.id, other.provider], [user.id, "phone"]);
});

Deno.test('phone ("" if none)', async () => {
  const { body } = await made({ email: address() });
  assertEquals([body.phone, "banned_until" in body, "email_confirmed_at" in body], ["", false, false]);
});

Deno.test("400 `validation_failed`: neither email nor phone", async () => {
  const message = "Cannot create a user without either an email or phone";
  for (const body of [{}, { email: "" }, { email: null, phone: "" }, { password: PASSWORD }]) {
    await check(body, ...INVALID, message);
  }
});

Deno.test("400 `validation_failed`: bad or over-255 email", async () => {
  const format = "Unable to validate email address: invalid format";
  const bad = [
    "no-at",
    "a@",
    "@b.c",
    "a@b@c.d",
    "a b@c.d",
    "a@b..c",
    "a@-b.c",
    "jürgen@auth.test",
    "a@münchen.example",
    "用户@例子.example",
    "a@b.c\r\nx: y",
    "a@b.c\n",
    " a@b.c",
    "a@b.c'--@",
    "a@b.c; drop table auth.users",
    "a\t@b.c",
  ];
  for (const email of bad) await check({ email }, ...INVALID, format);
  const long = (length: number) => `${"x".repeat(length - "@auth.test".length)}@auth.test`;
  await check({ email: long(256) }, ...INVALID, "An email address is too long");
  assertEquals((await made({ email: long(255) })).status, 200);
  const plus = `o'hara+tag-${crypto.randomUUID()}@auth.test`;
  assertEquals((await made({ email: plus })).body.email, plus);
});

Deno.test("400 `validation_failed`: both password and password_hash", async () => {
  const message = "Only a password or a password hash should be provided";
  for (const password of [PASSWORD, ""]) {
    await check({ email: address(), password, password_hash: "$2a$10$x" }, ...INVALID, message);
  }
});

Deno.test("400 `validation_failed`: bad id; any parseable non-nil UUID passes, so UUIDv5 works", async () => {
  const form = "ID must conform to the uuid v4 format";
  for (const id of ["me", "1", "5eed0000-0000-5000-8000-00000000000g", "x' or '1'='1"]) {
    await check({ email: address(), id }, ...INVALID, form);
  }
  const nil = "00000000-0000-0000-0000-000000000000";
  await check({ email: address(), id: nil }, ...INVALID, "ID cannot be a nil uuid");
  for (const id of ["5eed0000-0000-5000-8000-00000000abcd", "ffffffff-ffff-ffff-ffff-ffffffffffff"]) {
    assertEquals((await made({ email: address(), id })).body.id, id);
  }
});

Deno.test('400 `validation_failed`: bad ban_duration; "none" or a Go duration', async () => {
  const format = "invalid format for ban duration: time: ";
  await check({ email: address(), ban_duration: "1d" }, ...INVALID, `${format}unknown unit "d" in duration "1d"`);
  await check({ email: address(), ban_duration: "5" }, ...INVALID, `${format}missing unit in duration "5"`);
  for (const ban_duration of ["soon", "h", "-", "1.2.3h", "9999999h", "1h'", "NONE"]) {
    await check({ email: address(), ban_duration }, ...INVALID);
  }
  for (const ban_duration of ["none", "0", "", null]) {
    assertEquals("banned_until" in (await made({ email: address(), ban_duration })).body, false);
  }
});

Deno.test("422 `email_exists`, 422 `phone_exists`", async () => {
  const phone = `1${Date.now()}`;
  await withUser(async ({ email }) => {
    const message = "A user with this email address has already been registered";
    for (const taken of [email, email.toUpperCase()]) await check({ email: taken }, 422, "email_exists", message);
    const taken = "Phone number already registered by another user";
    await check({ email: address(), phone: `+${phone}` }, 422, "phone_exists", taken);
  }, { phone });
});

Deno.test('an invalid password_hash gives 500 "Error creating user"', async () => {
  const hashes = [
    "plain",
    "$2a$10$short",
    "$1$salt$hash",
    "$argon2d$v=19$m=16,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
    "$argon2id$v=16$m=16,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
    "$argon2id$v=19$m=x$c2FsdHNhbHQ$aGFzaA",
    "$fbscrypt$v=2$x",
  ];
  for (const password_hash of hashes) {
    await check({ email: address(), password_hash }, 500, "unexpected_failure", "Error creating user");
  }
});

Deno.test("password_hash accepts bcrypt, argon2i/id (v=19) and $fbscrypt and is stored as is", () =>
  withDatabase(async (sql) => {
    for (const [password_hash, password] of KNOWN_HASHES) {
      await withUser(async ({ id, email }) => {
        assertEquals((await signIn(email, password)).status, 200);
        assertEquals((await signIn(email, `${password}x`)).body.error_code, "invalid_credentials");
        const [row] = await sql`select encrypted_password from auth.users where id = ${id}`;
        assertEquals(row.encrypted_password, password_hash);
      }, { password: undefined, password_hash });
    }
  }));

Deno.test("with password_hash always send user_metadata (nil is stored as JSON null)", () =>
  withDatabase(async (sql) => {
    const [[password_hash]] = KNOWN_HASHES;
    const stored = async (more: object) => {
      const user = await makeUser({ email_confirm: false, ...more });
      const [row] = await sql`select raw_user_meta_data::text as text from auth.users where id = ${user.id}`;
      await admin(`/admin/users/${user.id}`, { method: "DELETE" });
      return row.text;
    };
    assertEquals(await stored({ password: undefined, password_hash }), "null");
    assertEquals(await stored({ password: undefined, password_hash, user_metadata: {} }), "{}");
    assertEquals(await stored({}), "{}");
  }));

Deno.test("password strength is NOT checked on create", () =>
  withUser(async ({ email }) => assertEquals((await signIn(email, "a")).status, 200), { password: "a" }));

Deno.test("password over 72 bytes: hashing panics, answer 500", async () => {
  const panic = [500, "unexpected_failure", "Internal Server Error"] as const;
  await check({ email: address(), password: "x".repeat(73) }, ...panic);
  await check({ email: address(), password: "ü".repeat(37) }, ...panic);
  for (const password of ["x".repeat(72), "ü".repeat(36), "密码🔑 пароль", "' or '1'='1"]) {
    await withUser(async ({ email }) => {
      assertEquals((await signIn(email, password)).status, 200);
      assertEquals((await signIn(email, password.slice(0, -1))).body.error_code, "invalid_credentials");
    }, { password });
  }
});

Deno.test("no password: random 64 characters", () =>
  withDatabase(async (sql) => {
    for (const password of [undefined, "", null]) {
      await withUser(async ({ id, email }) => {
        const [row] = await sql`select encrypted_password from auth.users where id = ${id}`;
        assertEquals(row.encrypted_password.slice(4, 7), "10$");
        assertEquals((await signIn(email, "")).body.error_code, "invalid_credentials");
      }, { password });
    }
  }));

Deno.test("order inside one transaction", () =>
  withDatabase(async (sql) => {
    await trace(sql);
    const email = address();
    const body = { email, password: PASSWORD, user_metadata: { a: 1 }, app_metadata: { b: 2 }, ban_duration: "1h" };
    const user = (await admin("/admin/users", { body: { ...body, email_confirm: true } })).body;
    const seen = await writes(sql);
    assertEquals(seen.map(({ what, changed }) => [what, ...changed].join(" ")), [
      "users INSERT",
      "identities INSERT",
      "audit_log_entries INSERT",
      "users UPDATE role",
      "users UPDATE raw_app_meta_data",
      "users UPDATE email_confirmed_at",
      "users UPDATE raw_user_meta_data",
      "users UPDATE banned_until",
    ]);
    const [inserted, identity, audit, role, app, , usr] = seen.map(({ after }) => after);
    const provider = { provider: "email", providers: ["email"] };
    const { id, created_at, updated_at, encrypted_password, ...others } = inserted;
    assertEquals([id, created_at, encrypted_password.slice(0, 7)], [user.id, updated_at, "$2b$10$"]);
    assertEquals(others, {
      instance_id: "00000000-0000-0000-0000-000000000000",
      aud: "authenticated",
      role: "",
      email,
      phone: null,
      raw_app_meta_data: provider,
      raw_user_meta_data: { a: 1 },
      confirmation_token: "",
      recovery_token: "",
      email_change: "",
      email_change_token_new: "",
      email_change_token_current: "",
      email_change_confirm_status: 0,
      phone_change: "",
      phone_change_token: "",
      reauthentication_token: "",
      is_sso_user: false,
      is_anonymous: false,
      ...Object.fromEntries([
        "email_confirmed_at",
        "invited_at",
        "confirmation_sent_at",
        "recovery_sent_at",
        "email_change_sent_at",
        "last_sign_in_at",
        "is_super_admin",
        "phone_confirmed_at",
        "phone_change_sent_at",
        "confirmed_at",
        "banned_until",
        "reauthentication_sent_at",
        "deleted_at",
      ].map((name) => [name, null])),
    });
    assertEquals([identity.user_id, identity.provider_id, identity.provider, identity.email], [id, id, "email", email]);
    const data = { sub: id, email, email_verified: false, phone_verified: false };
    assertEquals(identity.identity_data, data);
    assertEquals([audit.payload.action, audit.payload.actor_username], ["user_signedup", "service_role"]);
    assertEquals([role.role, app.raw_app_meta_data], ["authenticated", { ...provider, b: 2 }]);
    assertEquals(usr.raw_user_meta_data, { a: 1, email_verified: true });

    await admin("/admin/users", { body: { email: address(), password: PASSWORD } });
    const least = ["users INSERT", "identities INSERT", "audit_log_entries INSERT", "users UPDATE role"];
    assertEquals(await lines(sql), least);
  }));

Deno.test("admin create leaves identity_data.email_verified false even with email_confirm", async () => {
  const { body } = await made({ email: address(), email_confirm: true });
  assertEquals(body.identities[0].identity_data.email_verified, false);
});

Deno.test('a raising trigger gives 500 "Database error creating new user"', async (test) => {
  const events = [
    "before insert on auth.users",
    "after insert on auth.users",
    "after update on auth.users",
    "before insert on auth.identities",
    "before insert on auth.audit_log_entries",
  ];
  for (const event of events) {
    await test.step(event, () =>
      withDatabase(async (sql) => {
        await onWrite(sql, event, "raise exception 'not on a Monday' using hint = 'wait'");
        const body = { email: address(), password: PASSWORD };
        const old = await admin("/admin/users", { body });
        assertEquals([old.status, old.body], [500, { code: "P0001", message: "not on a Monday", hint: "wait" }]);
        const headers = { "x-supabase-api-version": "2024-01-01" };
        const message = "Database error creating new user";
        const current = await admin("/admin/users", { body, headers });
        assertEquals([current.status, current.body], [500, { code: "unexpected_failure", message }]);
        const [{ count }] = await sql`select count(*)::int from auth.users where email = ${body.email}`;
        assertEquals(count, 0);
      }));
  }
});

Deno.test("email_confirm defaults to false EVEN IF mailer autoconfirm is on: then password login is refused", () =>
  withUser(async (user) => {
    assert(!("email_confirmed_at" in user), "the user is confirmed");
    const { status, body } = await signIn(user.email);
    assertEquals([status, body.error_code, body.msg], [400, "email_not_confirmed", "Email not confirmed"]);
  }, { email_confirm: undefined }));

Deno.test("what the database cannot hold is refused in the words of the contract", async () => {
  const message = "Database error creating new user";
  const long = "x".repeat(256);
  for (const more of [{ role: long }, { aud: long }]) {
    await check({ email: address(), ...more }, 500, "unexpected_failure", message);
  }
  // The real one hands U+0000 on, and answers 500 with what PostgreSQL says; here it is refused before.
  const fields = ["id", "aud", "role", "email", "phone", "password", "password_hash", "ban_duration"];
  for (const field of fields) await check({ email: address(), [field]: "a\u0000b" }, 400, "bad_json");
  for (const field of ["user_metadata", "app_metadata"]) {
    await check({ email: address(), [field]: { deep: ["\u0000"] } }, 400, "bad_json");
    await check({ email: address(), [field]: { "\u0000": 1 } }, 400, "bad_json");
  }
});

Deno.test("JSON of another type in any field is bad JSON; null is as good as nothing", async () => {
  const texts = ["id", "aud", "role", "email", "phone", "password", "password_hash", "ban_duration"];
  for (const field of texts) {
    for (const value of [1, 1.5, true, [], ["a"], {}]) {
      await check({ email: address(), [field]: value }, 400, "bad_json");
    }
  }
  for (const field of ["email_confirm", "phone_confirm"]) {
    for (const value of [0, 1, "true", [], {}]) await check({ email: address(), [field]: value }, 400, "bad_json");
  }
  for (const field of ["user_metadata", "app_metadata"]) {
    for (const value of [0, "a", true, [], [{}]]) await check({ email: address(), [field]: value }, 400, "bad_json");
  }
  const email = address();
  const nothing = Object.fromEntries(
    [...texts, "email_confirm", "phone_confirm", "user_metadata", "app_metadata"].map((field) => [field, null]),
  );
  assertEquals((await made({ ...nothing, email })).body.email, email);
  const twice = `{"email":"first@auth.test","email":${JSON.stringify(email)},"unknown":{"a":[1e300,-0]}}`;
  const answer = await admin("/admin/users", { body: twice });
  assertEquals([answer.status, answer.body.email], [200, email]);
  await admin(`/admin/users/${answer.body.id}`, { method: "DELETE" });
});

Deno.test("SQL in any field is a text like any other", async () => {
  const sql = "'); drop table auth.users; --";
  const { status, body } = await made({
    email: address(),
    role: sql,
    aud: sql,
    user_metadata: { [sql]: sql },
    app_metadata: { [sql]: sql },
  });
  assertEquals([status, body.role, body.aud], [200, sql, sql]);
  assertEquals([body.user_metadata[sql], body.app_metadata[sql]], [sql, sql]);
});
