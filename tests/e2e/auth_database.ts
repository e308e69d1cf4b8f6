// Auth and the database: what triggers see, what constraints refuse, and rows that were written by hand.
// For a project of its own: triggers are made on auth.users.
import postgres from "postgres";
import { assertEquals } from "./assert.ts";
import { admin, refused, send } from "./http.ts";

const PASSWORD = "TestPass123!";
const VERSION_2024 = { "x-supabase-api-version": "2024-01-01" };

/** Runs the body with a connection as `postgres` and a schema `trace`, which is dropped afterwards. */
async function withDatabase(body: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(Deno.env.get("SUPABASE_DB_URL")!, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe("create schema trace; grant usage on schema trace to supabase_auth_admin");
    await body(sql);
  } finally {
    await sql.unsafe("drop schema trace cascade");
    await sql.end();
  }
}

function address(): string {
  return `database-${crypto.randomUUID()}@auth.test`;
}

function create(more: object = {}, headers = {}) {
  const body = { email: address(), password: PASSWORD, email_confirm: true, ...more };
  return admin("/admin/users", { body, headers });
}

Deno.test("triggers see the writes in the order of production", () =>
  withDatabase(async (sql) => {
    await sql.unsafe(`
      create table trace.writes (number serial, operation text, role text, confirmed boolean, app jsonb, usr jsonb, banned boolean);
      create function trace.note() returns trigger language plpgsql security definer as $$
      begin
        insert into trace.writes (operation, role, confirmed, app, usr, banned) values (tg_op, new.role,
          new.email_confirmed_at is not null, new.raw_app_meta_data, new.raw_user_meta_data, new.banned_until is not null);
        return new;
      end $$;
      create trigger trace_note after insert or update on auth.users for each row execute function trace.note()`);
    const made = await create({ user_metadata: { a: 1 }, app_metadata: { b: 2 }, ban_duration: "1h" });
    assertEquals(made.status, 200);
    const email = { provider: "email", providers: ["email"] };
    const own = { ...email, b: 2 };
    const verified = { a: 1, email_verified: true };
    const rows = await sql`select operation, role, confirmed, app, usr, banned from trace.writes order by number`;
    const user = "authenticated";
    assertEquals(rows.map((row) => Object.values(row)), [
      ["INSERT", "", false, email, { a: 1 }, false],
      ["UPDATE", user, false, email, { a: 1 }, false],
      ["UPDATE", user, false, own, { a: 1 }, false],
      ["UPDATE", user, true, own, { a: 1 }, false],
      ["UPDATE", user, true, own, verified, false],
      ["UPDATE", user, true, own, verified, true],
    ]);
    const [row] = await sql`select u.*, i.provider_id, i.identity_data from auth.users u
      join auth.identities i on i.user_id = u.id where u.id = ${made.body.id}`;
    assertEquals([row.instance_id, row.aud], ["00000000-0000-0000-0000-000000000000", "authenticated"]);
    assertEquals([row.confirmation_token, row.recovery_token, row.email_change, row.phone], ["", "", "", null]);
    assertEquals(row.encrypted_password.slice(0, 7), "$2b$10$");
    assertEquals(row.provider_id, made.body.id);
    assertEquals(row.identity_data, {
      sub: made.body.id,
      email: row.email,
      email_verified: false,
      phone_verified: false,
    });
    await admin(`/admin/users/${made.body.id}`, { method: "DELETE" });
  }));

Deno.test("a trigger that raises stops the user, and speaks in the old version only", () =>
  withDatabase(async (sql) => {
    await sql.unsafe(`
      create function trace.refuse() returns trigger language plpgsql as $$
      begin raise exception 'not on a Monday' using hint = 'wait'; end $$;
      create trigger trace_refuse before insert on auth.users for each row execute function trace.refuse()`);
    const old = await create();
    assertEquals([old.status, old.body], [500, { code: "P0001", message: "not on a Monday", hint: "wait" }]);
    const current = await create({}, VERSION_2024);
    const message = "Database error creating new user";
    assertEquals([current.status, current.body], [500, { code: "unexpected_failure", message }]);
  }));

Deno.test("a trigger that lacks a right fails as in production", () =>
  withDatabase(async (sql) => {
    await sql.unsafe(`
      create table trace.closed (id uuid);
      create function trace.reach() returns trigger language plpgsql as $$
      begin insert into trace.closed values (new.id); return new; end $$;
      create trigger trace_reach after insert on auth.users for each row execute function trace.reach()`);
    const { status, body } = await create();
    assertEquals([status, body.error_code, body.msg], [500, "unexpected_failure", "Database error creating new user"]);
  }));

Deno.test("a user that other rows hang on stays", () =>
  withDatabase(async (sql) => {
    const made = await create();
    await sql.unsafe("create table trace.rows (user_id uuid references auth.users)");
    await sql`insert into trace.rows values (${made.body.id})`;
    const path = `/admin/users/${made.body.id}`;
    const old = await admin(path, { method: "DELETE" });
    assertEquals([old.status, old.body.code], [500, "23503"]);
    const current = await admin(path, { method: "DELETE", headers: VERSION_2024 });
    assertEquals(current.body, { code: "unexpected_failure", message: "Database error deleting user" });
    await sql.unsafe("drop table trace.rows");
    assertEquals((await admin(path, { method: "DELETE" })).status, 200);
  }));

Deno.test("rows written by hand sign in, or fail as in production", () =>
  withDatabase(async (sql) => {
    const insert = async (email: string, changes: Record<string, unknown>) => {
      const row = {
        instance_id: "00000000-0000-0000-0000-000000000000",
        id: crypto.randomUUID(),
        aud: "authenticated",
        role: "authenticated",
        email,
        email_confirmed_at: new Date(),
        confirmation_token: "",
        recovery_token: "",
        email_change: "",
        email_change_token_new: "",
        created_at: new Date(),
        updated_at: new Date(),
        ...changes,
      };
      await sql`insert into auth.users ${sql(row)}`;
      // As most hand-written seeds do, at pgcrypto's own cost, and without an identity.
      await sql`update auth.users set encrypted_password = extensions.crypt(${PASSWORD}, extensions.gen_salt('bf'))
        where id = ${row.id} and encrypted_password is null`;
    };
    const signIn = async (email: string) => {
      const { status, body } = await send("/token?grant_type=password", { body: { email, password: PASSWORD } });
      return [status, body.error_code];
    };
    const querying = "Database error querying schema";
    const rows: [Record<string, unknown>, unknown[]][] = [
      [{}, [200, undefined]],
      [{ instance_id: null }, [400, "invalid_credentials"]],
      [{ aud: null }, [400, "invalid_credentials"]],
      [{ email_confirmed_at: null }, [400, "email_not_confirmed"]],
      [{ confirmation_token: null }, [500, "unexpected_failure"]],
      [{ phone_change: null }, [500, "unexpected_failure"]],
      [{ created_at: null }, [500, "unexpected_failure"]],
      [{ encrypted_password: "plain" }, [500, "unexpected_failure"]],
    ];
    for (const [changes, expected] of rows) {
      const email = address();
      await insert(email, changes);
      assertEquals([changes, await signIn(email)], [changes, expected]);
      if (expected[0] === 500) {
        const body = { email, password: PASSWORD };
        await refused("/token?grant_type=password", { body }, 500, "unexpected_failure", querying);
      }
      await sql`delete from auth.users where email = ${email}`;
    }
  }));

Deno.test("a used refresh token ends the session after ten seconds", () =>
  withDatabase(async (sql) => {
    const made = await create();
    const body = { email: made.body.email, password: PASSWORD };
    const first = (await send("/token?grant_type=password", { body })).body;
    const refresh = (refresh_token: string) => send("/token?grant_type=refresh_token", { body: { refresh_token } });
    const second = (await refresh(first.refresh_token)).body;
    const third = (await refresh(second.refresh_token)).body;
    await sql`update auth.refresh_tokens set updated_at = now() - interval '11 seconds' where token = ${first.refresh_token}`;
    const replayed = await refresh(first.refresh_token);
    assertEquals([replayed.status, replayed.body.error_code], [400, "refresh_token_already_used"]);
    await sql`update auth.refresh_tokens set updated_at = now() - interval '11 seconds' where user_id = ${made.body.id}`;
    assertEquals((await refresh(third.refresh_token)).body.error_code, "refresh_token_already_used");
    await admin(`/admin/users/${made.body.id}`, { method: "DELETE" });
  }));
