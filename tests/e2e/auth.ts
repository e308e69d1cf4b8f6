// Auth through the official client: every call that people make, as administrator and as user, where only
// administrators make users and e-mails must be confirmed: the reference project.
import { assert, assertEquals } from "./assert.ts";
import { client } from "./clients.ts";
import { mails } from "./http.ts";

const PASSWORD = "TestPass123!";
let number = 0;

/** An e-mail that no other test and no earlier run has. */
function address(name: string): string {
  return `${name}-${Date.now().toString(36)}-${number++}@auth.test`;
}

function service() {
  return client("SUPABASE_SECRET_KEY").auth.admin;
}

/** A user who can sign in; removed again after the test's body. */
async function withUser(body: (user: { id: string; email: string }) => Promise<void>): Promise<void> {
  const email = address("user");
  const { data, error } = await service().createUser({ email, password: PASSWORD, email_confirm: true });
  assertEquals(error, null);
  try {
    await body({ id: data.user!.id, email });
  } finally {
    await service().deleteUser(data.user!.id);
  }
}

Deno.test("an administrator makes, finds, changes and deletes a user", async () => {
  for (const key of ["SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"]) {
    const admin = client(key).auth.admin;
    const email = address("Admin-Made");
    const { data, error } = await admin.createUser({
      email,
      password: PASSWORD,
      email_confirm: true,
      user_metadata: { first_name: "Ada" },
      app_metadata: { role: "manager" },
    });
    assertEquals(error, null);
    const user = data.user!;
    assertEquals([user.email, user.role, user.aud], [email.toLowerCase(), "authenticated", "authenticated"]);
    assertEquals(user.user_metadata, { first_name: "Ada", email_verified: true });
    assertEquals(user.app_metadata.role, "manager");
    assertEquals(user.app_metadata.providers, ["email"]);
    assertEquals(user.identities!.map((identity) => [identity.id, identity.provider]), [[user.id, "email"]]);
    assert(user.email_confirmed_at !== undefined, "the user is not confirmed");

    const again = await admin.createUser({ email, password: PASSWORD });
    assertEquals([again.error?.status, again.error?.code], [422, "email_exists"]);

    assertEquals((await admin.getUserById(user.id)).data.user?.email, email.toLowerCase());
    const unknown = await admin.getUserById("5eed0000-0000-8000-8000-000000000000");
    assertEquals([unknown.error?.status, unknown.error?.code], [404, "user_not_found"]);

    const changed = await admin.updateUserById(user.id, {
      user_metadata: { last_name: "Lovelace", first_name: null },
      ban_duration: "1h",
    });
    assertEquals(changed.data.user?.user_metadata, { last_name: "Lovelace", email_verified: true });
    const banned = await client("SUPABASE_PUBLISHABLE_KEY").auth.signInWithPassword({ email, password: PASSWORD });
    assertEquals([banned.error?.status, banned.error?.code], [400, "user_banned"]);
    assertEquals((await admin.updateUserById(user.id, { ban_duration: "none" })).error, null);

    assertEquals((await admin.deleteUser(user.id)).error, null);
    assertEquals((await admin.deleteUser(user.id)).error?.code, "user_not_found");
  }
});

Deno.test("users are listed by page", async () => {
  const made = [];
  for (let count = 0; count < 3; count++) {
    made.push((await service().createUser({ email: address("listed"), password: PASSWORD })).data.user!.id);
  }
  const { data, error } = await service().listUsers({ page: 1, perPage: 2 });
  assertEquals(error, null);
  assertEquals([data.users.length, data.nextPage], [2, 2]);
  assert(data.users[0].created_at >= data.users[1].created_at, "the newest user is not first");
  assert(data.total >= 3 && data.lastPage === Math.ceil(data.total / 2), JSON.stringify(data));
  for (const id of made) await service().deleteUser(id);
});

Deno.test("a user signs in, is known, refreshes, changes and signs out", () =>
  withUser(async ({ id, email }) => {
    const supabase = client("SUPABASE_ANON_KEY");
    const { data, error } = await supabase.auth.signInWithPassword({ email, password: PASSWORD });
    assertEquals(error, null);
    assertEquals(data.user!.id, id);
    assertEquals((await supabase.auth.getUser()).data.user?.email, email);

    const claims = (await supabase.auth.getClaims()).data!;
    assertEquals(claims.header.alg, "ES256");
    assertEquals(Object.keys(claims.claims), [
      "iss", "sub", "aud", "exp", "iat", "email", "phone", "app_metadata", "user_metadata", "role", "aal", "amr",
      "session_id", "is_anonymous",
    ]);
    assertEquals(claims.claims.iss, `${Deno.env.get("SUPABASE_URL")}/auth/v1`);
    assertEquals([claims.claims.sub, claims.claims.role, claims.claims.aal], [id, "authenticated", "aal1"]);

    const refreshed = await supabase.auth.refreshSession();
    assertEquals(refreshed.error, null);
    assert(refreshed.data.session!.refresh_token !== data.session!.refresh_token, "the token was not rotated");

    const changed = await supabase.auth.updateUser({ data: { nickname: "Bee" } });
    assertEquals(changed.data.user?.user_metadata.nickname, "Bee");
    const same = await supabase.auth.updateUser({ password: PASSWORD });
    assertEquals([same.error?.status, same.error?.code], [422, "same_password"]);
    const weak = await supabase.auth.updateUser({ password: "short" });
    assertEquals([weak.error?.status, weak.error?.code], [422, "weak_password"]);
    assertEquals((await supabase.auth.updateUser({ password: "Another-1" })).error, null);

    const token = (await supabase.auth.getSession()).data.session!.access_token;
    assertEquals((await supabase.auth.signOut()).error, null);
    const gone = await client("SUPABASE_ANON_KEY").auth.getUser(token);
    assertEquals(gone.error?.name, "AuthSessionMissingError");
    const old = await supabase.auth.signInWithPassword({ email, password: PASSWORD });
    assertEquals(old.error?.code, "invalid_credentials");
    assertEquals((await supabase.auth.signInWithPassword({ email, password: "Another-1" })).error, null);
  }));

Deno.test("an invited user follows the link and chooses a password", async () => {
  const email = address("invited");
  const { data, error } = await service().inviteUserByEmail(email, { data: { first_name: "Ivy" } });
  assertEquals(error, null);
  assert(data.user!.invited_at !== undefined && data.user!.email_confirmed_at === undefined, "not just invited");

  const [mail] = await mails(email);
  assertEquals(mail.kind, "invite");
  const answer = await fetch(mail.link, { redirect: "manual" });
  assertEquals(answer.status, 303);
  const fragment = new URLSearchParams(new URL(answer.headers.get("location")!).hash.slice(1));
  assertEquals(fragment.get("type"), "invite");

  const supabase = client("SUPABASE_PUBLISHABLE_KEY");
  const session = { access_token: fragment.get("access_token")!, refresh_token: fragment.get("refresh_token")! };
  assertEquals((await supabase.auth.setSession(session)).error, null);
  assertEquals((await supabase.auth.updateUser({ password: PASSWORD })).error, null);
  assertEquals((await supabase.auth.signInWithPassword({ email, password: PASSWORD })).error, null);

  const again = await service().inviteUserByEmail(email);
  assertEquals([again.error?.status, again.error?.code], [422, "email_exists"]);
  const replayed = new URL((await fetch(mail.link, { redirect: "manual" })).headers.get("location")!);
  assertEquals(new URLSearchParams(replayed.hash.slice(1)).get("error_code"), "otp_expired");
  await service().deleteUser(data.user!.id);
});

Deno.test("generated links are good once", () =>
  withUser(async ({ id, email }) => {
    for (const type of ["magiclink", "recovery"] as const) {
      const { data, error } = await service().generateLink({ type, email });
      assertEquals(error, null);
      assertEquals(data.properties!.verification_type, type);
      const supabase = client("SUPABASE_PUBLISHABLE_KEY");
      const token_hash = data.properties!.hashed_token;
      const verified = await supabase.auth.verifyOtp({ type, token_hash });
      assertEquals([verified.error, verified.data.user?.id], [null, id]);
      const again = await supabase.auth.verifyOtp({ type, token_hash });
      assertEquals([again.error?.status, again.error?.code], [403, "otp_expired"]);
    }
  }));

Deno.test("a link to sign up makes the user", async () => {
  const email = address("link");
  const { data, error } = await service().generateLink({ type: "signup", email, password: PASSWORD });
  assertEquals(error, null);
  const supabase = client("SUPABASE_PUBLISHABLE_KEY");
  const waiting = await supabase.auth.signInWithPassword({ email, password: PASSWORD });
  assertEquals([waiting.error?.status, waiting.error?.code], [400, "email_not_confirmed"]);
  const verified = await supabase.auth.verifyOtp({ type: "email", email, token: data.properties!.email_otp });
  assertEquals(verified.error, null);
  assertEquals((await supabase.auth.signInWithPassword({ email, password: PASSWORD })).error, null);
  await service().deleteUser(data.user!.id);
});

Deno.test("a forgotten password is recovered by the number in the mail", () =>
  withUser(async ({ email }) => {
    const supabase = client("SUPABASE_PUBLISHABLE_KEY");
    assertEquals((await supabase.auth.resetPasswordForEmail(email)).error, null);
    const [mail] = await mails(email);
    assertEquals(mail.kind, "recovery");
    const wrong = mail.otp === "000000" ? "000001" : "000000";
    const refused = await supabase.auth.verifyOtp({ type: "recovery", email, token: wrong });
    assertEquals([refused.error?.status, refused.error?.code], [403, "otp_expired"]);
    assertEquals((await supabase.auth.verifyOtp({ type: "recovery", email, token: mail.otp })).error, null);
    assertEquals((await supabase.auth.updateUser({ password: "Recovered-1" })).error, null);
    assertEquals((await supabase.auth.resetPasswordForEmail(address("nobody"))).error, null);
  }));

Deno.test("a program with PKCE exchanges the code of a link", () =>
  withUser(async ({ id, email }) => {
    const stored = new Map<string, string>();
    const storage = {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => void stored.set(name, value),
      removeItem: (name: string) => void stored.delete(name),
    };
    const { createClient } = await import("@supabase/supabase-js");
    const key = Deno.env.get("SUPABASE_PUBLISHABLE_KEY")!;
    const supabase = createClient(Deno.env.get("SUPABASE_URL")!, key, {
      auth: { flowType: "pkce", storage, persistSession: true, autoRefreshToken: false },
    });
    assertEquals((await supabase.auth.resetPasswordForEmail(email)).error, null);
    const [mail] = await mails(email);
    const location = new URL((await fetch(mail.link, { redirect: "manual" })).headers.get("location")!);
    const code = location.searchParams.get("code")!;
    const { data, error } = await supabase.auth.exchangeCodeForSession(code);
    assertEquals([error, data.user?.id], [null, id]);
  }));

Deno.test("nobody signs up where that is closed", async () => {
  const email = address("closed");
  const { error } = await client("SUPABASE_PUBLISHABLE_KEY").auth.signUp({ email, password: PASSWORD });
  assertEquals([error?.status, error?.code], [422, "signup_disabled"]);
  const otp = await client("SUPABASE_PUBLISHABLE_KEY").auth.signInWithOtp({ email });
  assertEquals([otp.error?.status, otp.error?.code], [422, "signup_disabled"]);
});

Deno.test("another e-mail must be confirmed, at the new address and at the old one", () =>
  withUser(async ({ id, email }) => {
    const supabase = client("SUPABASE_PUBLISHABLE_KEY");
    await supabase.auth.signInWithPassword({ email, password: PASSWORD });
    const taken = await service().createUser({ email: address("taken"), password: PASSWORD });
    const refused = await supabase.auth.updateUser({ email: taken.data.user!.email });
    assertEquals([refused.error?.status, refused.error?.code], [422, "email_exists"]);
    await service().deleteUser(taken.data.user!.id);

    const next = address("next");
    const asked = await supabase.auth.updateUser({ email: next });
    assertEquals([asked.data.user?.email, asked.data.user?.new_email], [email, next]);
    for (const [to, expected] of [[next, email], [email, next]]) {
      const [mail] = await mails(to);
      assertEquals(mail.kind, "email_change");
      assertEquals((await fetch(mail.link, { redirect: "manual" })).status, 303);
      assertEquals((await service().getUserById(id)).data.user!.email, expected);
    }
    const changed = (await service().getUserById(id)).data.user!;
    assertEquals([changed.new_email, changed.identities![0].identity_data!.email], [undefined, next]);
  }));
