// Section "POST /invite" of the contract with GoTrue; each test quotes the sentence that it holds.
import { assert, assertEquals } from "../assert.ts";
import { onWrite, trace, withDatabase, writes } from "../database.ts";
import { admin, type Answer, mails, refused, send } from "../http.ts";
import { address, PASSWORD, signIn, withUser } from "../users.ts";

const SECRET = { key: "SUPABASE_SECRET_KEY" };
const EXISTS = "A user with this email address has already been registered";

function invite(body: object, headers = {}): Promise<Answer> {
  return admin("/invite", { body, headers });
}

function remove(id: string): Promise<Answer> {
  return admin(`/admin/users/${id}`, { method: "DELETE" });
}

Deno.test('`{"email","data"}`; 200 user', async () => {
  const email = address("Invited+Tag");
  const { status, body } = await invite({ email, data: { first_name: "Ivy" } });
  assertEquals([status, body.email, body.role], [200, email.toLowerCase(), "authenticated"]);
  assertEquals(Object.keys(body), [
    "id",
    "aud",
    "role",
    "email",
    "invited_at",
    "phone",
    "confirmation_sent_at",
    "app_metadata",
    "user_metadata",
    "identities",
    "created_at",
    "updated_at",
    "is_anonymous",
  ]);
  assertEquals([body.user_metadata, body.app_metadata.providers], [{ first_name: "Ivy" }, ["email"]]);
  assertEquals((await mails(email.toLowerCase())).map(({ kind }) => kind), ["invite"]);
  await remove(body.id);
});

Deno.test("unknown email: creates user (encrypted_password ''), identity, one_time_tokens row", () =>
  withDatabase(async (sql) => {
    await trace(sql);
    const email = address();
    const { body: user } = await invite({ email, data: { a: 1 } });
    const seen = await writes(sql);
    assertEquals(seen.map(({ what, changed }) => [what, ...changed].join(" ")), [
      "users INSERT",
      "users UPDATE role",
      "identities INSERT",
      "audit_log_entries INSERT",
      "users UPDATE confirmation_sent_at confirmation_token invited_at",
      "one_time_tokens INSERT",
    ]);
    const [inserted, , identity, audit, invited, token] = seen.map(({ after }) => after);
    assertEquals([inserted.encrypted_password, inserted.raw_user_meta_data], ["", { a: 1 }]);
    const data = { sub: user.id, email, email_verified: false, phone_verified: false };
    assertEquals([identity.provider_id, identity.identity_data], [user.id, data]);
    assertEquals([audit.payload.action, audit.payload.traits], ["user_invited", {
      user_id: user.id,
      user_email: email,
    }]);
    assertEquals(invited.confirmation_sent_at, invited.invited_at);
    assertEquals([token.token_type, token.token_hash], ["confirmation_token", invited.confirmation_token]);
    assertEquals([token.user_id, token.relates_to], [user.id, email]);
    const [mail] = await mails(email);
    assertEquals(new URL(mail.link).searchParams.get("token"), token.token_hash);
    assertEquals((await signIn(email, "")).body.error_code, "invalid_credentials");
    await remove(user.id);
  }));

Deno.test("existing unconfirmed: re-sends", async () => {
  const email = address();
  const first = (await invite({ email })).body;
  const { status, body } = await invite({ email: email.toUpperCase(), data: { ignored: true } });
  assertEquals([status, body.id, body.user_metadata], [200, first.id, {}]);
  const [second, original] = await mails(email);
  assert(second.link !== original.link, "the same link was sent again");
  const place = new URL((await fetch(original.link, { redirect: "manual" })).headers.get("location")!);
  assertEquals(new URLSearchParams(place.hash.slice(1)).get("error_code"), "otp_expired");
  await remove(first.id);
});

Deno.test("existing confirmed: 422 `email_exists`", () =>
  withUser(({ email }) => refused("/invite", { ...SECRET, body: { email } }, 422, "email_exists", EXISTS)));

Deno.test("429 is only enforced when autoconfirm is off: many invitations go out", async () => {
  const email = address();
  const ids = new Set<string>();
  for (let count = 0; count < 5; count++) ids.add((await invite({ email })).body.id);
  assertEquals([ids.size, (await mails(email)).length], [1, 5]);
  await remove([...ids][0]);
});

Deno.test("extended validation is off by default: admin@test.local and the like can be invited", async () => {
  const number = crypto.randomUUID();
  for (const host of ["test.local", "auth.test", "mail.example", "test.com", "example.com"]) {
    const { status, body } = await invite({ email: `x-${number}@${host}` });
    assertEquals([host, status], [host, 200]);
    await remove(body.id);
  }
});

Deno.test("Edge Function create + invite fails if the user was created with email_confirm", async () => {
  const body = { email: address(), password: PASSWORD };
  const unconfirmed = (await admin("/admin/users", { body })).body;
  assertEquals((await invite(body)).status, 200);
  await admin(`/admin/users/${unconfirmed.id}`, { method: "PUT", body: { email_confirm: true } });
  assertEquals((await invite(body)).body.error_code, "email_exists");
  await remove(unconfirmed.id);
});

Deno.test("what is no address is not invited", async () => {
  const format = "Unable to validate email address: invalid format";
  const bad = ["no-at", "a@b.c\r\nbcc: d@e.f", "jürgen@auth.test", "a@b.c'; drop table auth.users; --@"];
  for (const email of bad) {
    await refused("/invite", { ...SECRET, body: { email } }, 400, "validation_failed", format);
  }
  for (const body of [{}, { email: "" }, { email: null }]) {
    await refused("/invite", { ...SECRET, body }, 400, "validation_failed", "An email address is required");
  }
  for (const body of [{ email: 1 }, { email: [] }, { email: address(), data: [] }, { email: address(), data: "x" }]) {
    await refused("/invite", { ...SECRET, body }, 400, "bad_json");
  }
});

Deno.test("a raising trigger stops the invitation, and no mail goes out", () =>
  withDatabase(async (sql) => {
    await onWrite(sql, "after insert on auth.users", "raise exception 'not on a Monday'");
    const email = address();
    const old = await invite({ email });
    assertEquals([old.status, old.body], [500, { code: "P0001", message: "not on a Monday" }]);
    const current = await invite({ email }, { "x-supabase-api-version": "2024-01-01" });
    const message = "Database error saving new user";
    assertEquals([current.status, current.body], [500, { code: "unexpected_failure", message }]);
    assertEquals(await mails(email), []);
  }));

Deno.test("the link leads to a place of the project, whatever is asked for", async () => {
  const site = "http://127.0.0.1:3000";
  const places = [
    "https://evil.example/",
    "https://app.example.com@evil.example/",
    "//evil.example",
    "javascript:alert(1)",
    "https://app.example.com/\r\nset-cookie: a=b",
    "https://app.example.com\\@evil.example/",
  ];
  for (const place of places) {
    const email = address();
    const answer = await admin(`/invite?redirect_to=${encodeURIComponent(place)}`, { body: { email } });
    const [{ link }] = await mails(email);
    assertEquals(new URL(link).searchParams.get("redirect_to"), site);
    const followed = await fetch(`${link.split("&redirect_to")[0]}&redirect_to=${encodeURIComponent(place)}`, {
      redirect: "manual",
    });
    const [status, location] = [followed.status, followed.headers.get("location")!];
    assertEquals([status, location.startsWith(`${site}#access_token=`)], [303, true]);
    assertEquals(followed.headers.get("set-cookie"), null);
    await remove(answer.body.id);
  }
  const headers = { "x-forwarded-host": "evil.example\t", "x-forwarded-proto": "https", host: "evil.example" };
  const email = address();
  const { body } = await invite({ email }, headers);
  const [{ link }] = await mails(email);
  assertEquals(new URL(link).origin, new URL(Deno.env.get("SUPABASE_URL")!).origin);
  await remove(body.id);
  assertEquals((await send("/health", { key: "" })).status, 200);
});
