// Section "Rows a direct SQL writer must produce" of the contract with GoTrue; each test quotes the sentence that it
// holds.
import type postgres from "postgres";
import { assert, assertEquals } from "../assert.ts";
import { withDatabase } from "../database.ts";
import { admin, refused } from "../http.ts";
import { address, NOBODY, PASSWORD, signIn } from "../users.ts";

const QUERYING = "Database error querying schema";

/** Writes a user as a good hand-written seed does, with changes; the password by pgcrypto, at its own cost of 6. */
async function write(sql: postgres.Sql, changes: Record<string, unknown> = {}): Promise<{ id: string; email: string }> {
  const row = {
    instance_id: "00000000-0000-0000-0000-000000000000",
    id: crypto.randomUUID(),
    aud: "authenticated",
    role: "authenticated",
    email: address("written"),
    email_confirmed_at: new Date(),
    confirmation_token: "",
    recovery_token: "",
    email_change: "",
    email_change_token_new: "",
    created_at: new Date(),
    updated_at: new Date(),
    raw_app_meta_data: { provider: "email", providers: ["email"] },
    raw_user_meta_data: {},
    ...changes,
  };
  await sql`insert into auth.users ${sql(row)}`;
  if (!("encrypted_password" in changes)) {
    await sql`update auth.users set encrypted_password = extensions.crypt(${PASSWORD}, extensions.gen_salt('bf'))
      where id = ${row.id}`;
  }
  return { id: row.id, email: String(row.email) };
}

/** What comes of signing in as a user with these changes. */
async function outcome(sql: postgres.Sql, changes: Record<string, unknown>): Promise<unknown[]> {
  const { id, email } = await write(sql, changes);
  const { status, body } = await signIn(email);
  const outcome = [status, body.error_code];
  if (status === 500) {
    await refused(
      "/token?grant_type=password",
      { body: { email, password: PASSWORD } },
      500,
      "unexpected_failure",
      QUERYING,
    );
  }
  await sql`delete from auth.users where id = ${id}`;
  return outcome;
}

Deno.test("instance_id = zero UUID and aud = 'authenticated' (else the user is not found: invalid_credentials)", () =>
  withDatabase(async (sql) => {
    assertEquals(await outcome(sql, {}), [200, undefined]);
    for (
      const changes of [{ instance_id: null }, { instance_id: NOBODY }, { aud: null }, { aud: "" }, { aud: "other" }]
    ) {
      assertEquals([changes, await outcome(sql, changes)], [changes, [400, "invalid_credentials"]]);
    }
  }));

Deno.test("must not be NULL: role, created_at, updated_at, the token columns (NULL = 500)", () =>
  withDatabase(async (sql) => {
    const columns = [
      "role",
      "created_at",
      "updated_at",
      "confirmation_token",
      "recovery_token",
      "email_change",
      "email_change_token_new",
      "email_change_token_current",
      "phone_change",
      "phone_change_token",
      "reauthentication_token",
      "email_change_confirm_status",
    ];
    for (const column of columns) {
      assertEquals([column, await outcome(sql, { [column]: null })], [column, [500, "unexpected_failure"]]);
    }
  }));

Deno.test("may be NULL: email, phone, encrypted_password, all *_at except created/updated, is_super_admin", () =>
  withDatabase(async (sql) => {
    const nullable = Object.fromEntries(
      [
        "phone",
        "is_super_admin",
        "phone_confirmed_at",
        "invited_at",
        "confirmation_sent_at",
        "recovery_sent_at",
        "email_change_sent_at",
        "last_sign_in_at",
        "banned_until",
        "reauthentication_sent_at",
        "deleted_at",
        "phone_change_sent_at",
        "raw_app_meta_data",
        "raw_user_meta_data",
      ].map((column) => [column, null]),
    );
    assertEquals(await outcome(sql, nullable), [200, undefined]);
    assertEquals(await outcome(sql, { encrypted_password: null }), [400, "invalid_credentials"]);
    assertEquals(await outcome(sql, { encrypted_password: "" }), [400, "invalid_credentials"]);
    assertEquals(await outcome(sql, { email_confirmed_at: null }), [400, "email_not_confirmed"]);
    const { id } = await write(sql, { email: null });
    assertEquals((await admin(`/admin/users/${id}`)).body.email, "");
    await sql`delete from auth.users where id = ${id}`;
  }));

Deno.test("email in lower case: what was written in upper case is found by its lower case", () =>
  withDatabase(async (sql) => {
    assertEquals(await outcome(sql, { email: address("Upper").toUpperCase() }), [200, undefined]);
  }));

Deno.test("a missing identity row does not stop a password login; a later PUT email creates it", () =>
  withDatabase(async (sql) => {
    const { id, email } = await write(sql);
    const { status, body } = await signIn(email);
    assertEquals([status, body.user.identities], [200, []]);
    const next = address();
    await admin(`/admin/users/${id}`, { method: "PUT", body: { email: next } });
    const [identity] =
      await sql`select provider_id, provider, identity_data from auth.identities where user_id = ${id}`;
    assertEquals([identity.provider_id, identity.provider], [id, "email"]);
    assertEquals(identity.identity_data, { sub: id, email: next, email_verified: false, phone_verified: false });
    await sql`delete from auth.users where id = ${id}`;
  }));

Deno.test("an identity's created_at and updated_at are loaded at login: not NULL", () =>
  withDatabase(async (sql) => {
    for (const column of ["created_at", "updated_at"]) {
      const { id, email } = await write(sql);
      const row = {
        provider_id: id,
        user_id: id,
        provider: "email",
        identity_data: { sub: id, email },
        created_at: new Date(),
        updated_at: new Date(),
      };
      await sql`insert into auth.identities ${sql({ ...row, [column]: null })}`;
      await refused("/token?grant_type=password", { body: { email, password: PASSWORD } }, 500, "unexpected_failure");
      await sql`update auth.identities set ${sql(column)} = now() where user_id = ${id}`;
      assertEquals((await signIn(email)).status, 200);
      await sql`delete from auth.users where id = ${id}`;
    }
  }));

Deno.test("any cost verifies; a stored string that is not bcrypt/argon2/fbscrypt fails the login with 500", () =>
  withDatabase(async (sql) => {
    for (const cost of [4, 6, 10, 11]) {
      const [{ hash }] = await sql`select extensions.crypt(${PASSWORD}, extensions.gen_salt('bf', ${cost})) as hash`;
      assertEquals([cost, await outcome(sql, { encrypted_password: hash })], [cost, [200, undefined]]);
    }
    for (const encrypted_password of ["plain", PASSWORD, "$1$salt$hash", "md5d41d8cd98f00b204e9800998ecf8427e"]) {
      assertEquals(await outcome(sql, { encrypted_password }), [500, "unexpected_failure"]);
    }
  }));

/** What PostgreSQL says to a user with these changes, written and removed again. */
async function refusal(sql: postgres.Sql, changes: Record<string, unknown>): Promise<string> {
  try {
    const { id } = await write(sql, changes);
    await sql`delete from auth.users where id = ${id}`;
    return "taken";
  } catch (error) {
    return (error as postgres.PostgresError).code;
  }
}

Deno.test("defaults exist ('' / 0 / false); no default in the migrations: confirmation_token and the like", () =>
  withDatabase(async (sql) => {
    const id = crypto.randomUUID();
    await sql`insert into auth.users (id) values (${id})`;
    const [row] = await sql`delete from auth.users where id = ${id} returning *`;
    const empty = ["email_change_token_current", "phone_change", "phone_change_token", "reauthentication_token"];
    assertEquals(empty.map((column) => row[column]), ["", "", "", ""]);
    assertEquals([row.email_change_confirm_status, row.is_sso_user, row.is_anonymous], [0, false, false]);
    const without = [
      "instance_id",
      "aud",
      "role",
      "created_at",
      "updated_at",
      "confirmation_token",
      "recovery_token",
      "email_change_token_new",
      "email_change",
    ];
    assertEquals(without.map((column) => row[column]), without.map(() => null));
  }));

Deno.test("`confirmed_at` is generated: never write it", () =>
  withDatabase(async (sql) => {
    assertEquals(await refusal(sql, { confirmed_at: new Date() }), "428C9");
    const { id } = await write(sql);
    const [row] = await sql`delete from auth.users where id = ${id} returning confirmed_at, email_confirmed_at`;
    assertEquals(row.confirmed_at, row.email_confirmed_at);
  }));

Deno.test("email is unique where is_sso_user = false, phone always; the tokens' unique indexes skip ''", () =>
  withDatabase(async (sql) => {
    const phone = `1${Date.now()}`;
    const token = crypto.randomUUID();
    const first = await write(sql, { phone, confirmation_token: token, recovery_token: token });
    assertEquals(await refusal(sql, { email: first.email }), "23505");
    assertEquals(await refusal(sql, { email: first.email, is_sso_user: true }), "taken");
    assertEquals(await refusal(sql, { phone }), "23505");
    assertEquals(await refusal(sql, { confirmation_token: token }), "23505");
    assertEquals(await refusal(sql, { recovery_token: token }), "23505");
    assertEquals(await refusal(sql, {}), "taken");
    await sql`delete from auth.users where id = ${first.id}`;
  }));

Deno.test("auth.identities: id has a default, `email` is generated, UNIQUE (provider_id, provider)", () =>
  withDatabase(async (sql) => {
    const { id, email } = await write(sql);
    const identity = {
      provider_id: id,
      user_id: id,
      provider: "email",
      identity_data: { sub: id, email: email.toUpperCase() },
    };
    const [row] = await sql`insert into auth.identities ${sql(identity)} returning *`;
    assert(row.id !== null, "no id");
    assertEquals(row.email, email);
    const code = (row: object) =>
      sql`insert into auth.identities ${sql(row)}`.then(() => "taken", (error) => error.code);
    assertEquals(await code(identity), "23505");
    assertEquals(await code({ ...identity, provider: "phone", email }), "428C9");
    await sql`delete from auth.users where id = ${id}`;
  }));
