// Auth where everybody may sign up and is in at once.
import { assert, assertEquals } from "./assert.ts";
import { client } from "./clients.ts";
import { mails, refused, send } from "./http.ts";

const PASSWORD = "TestPass123!";

function address(name: string): string {
  return `${name}-${crypto.randomUUID()}@auth.test`;
}

function service() {
  return client("SUPABASE_SECRET_KEY").auth.admin;
}

Deno.test("somebody signs up, and is in at once", async () => {
  const supabase = client("SUPABASE_PUBLISHABLE_KEY");
  const email = address("new");
  const { data, error } = await supabase.auth.signUp({
    email,
    password: PASSWORD,
    options: { data: { first_name: "New" } },
  });
  assertEquals(error, null);
  assertEquals(data.user!.user_metadata.first_name, "New");
  assertEquals((await supabase.auth.getUser()).data.user?.id, data.user!.id);
  const again = await client("SUPABASE_PUBLISHABLE_KEY").auth.signUp({ email, password: PASSWORD });
  assertEquals([again.error?.status, again.error?.code], [422, "user_already_exists"]);
  await service().deleteUser(data.user!.id);
});

Deno.test("somebody signs in by a number instead of a password", async () => {
  const supabase = client("SUPABASE_PUBLISHABLE_KEY");
  const email = address("otp");
  const closed = await supabase.auth.signInWithOtp({ email, options: { shouldCreateUser: false } });
  assertEquals([closed.error?.status, closed.error?.code], [422, "otp_disabled"]);
  assertEquals((await supabase.auth.signInWithOtp({ email })).error, null);
  const [mail] = await mails(email);
  const verified = await supabase.auth.verifyOtp({ type: "email", email, token: mail.otp });
  assertEquals(verified.error, null);
  await service().deleteUser(verified.data.user!.id);
});

Deno.test("another e-mail is confirmed at the new address", async () => {
  const supabase = client("SUPABASE_PUBLISHABLE_KEY");
  const { data } = await supabase.auth.signUp({ email: address("old"), password: PASSWORD });
  const next = address("next");
  assertEquals((await supabase.auth.updateUser({ email: next })).data.user?.new_email, next);
  const [mail] = await mails(next);
  assertEquals((await fetch(mail.link, { redirect: "manual" })).status, 303);
  assertEquals((await service().getUserById(data.user!.id)).data.user!.email, next);
});

Deno.test("links lead where the project allows, and else to its site", async () => {
  const email = address("led");
  await client("SUPABASE_PUBLISHABLE_KEY").auth.signUp({ email, password: PASSWORD });
  const places = [
    ["https://app.example.com/welcome?a=b", "https://app.example.com/welcome?a=b"],
    ["http://127.0.0.1:5173/", "http://127.0.0.1:5173/"],
    ["https://evil.example/", "http://127.0.0.1:3000"],
    ["https://app.example.com.evil.example/", "http://127.0.0.1:3000"],
    ["javascript:alert(1)", "http://127.0.0.1:3000"],
  ];
  for (const [redirectTo, expected] of places) {
    const { data } = await service().generateLink({ type: "magiclink", email, options: { redirectTo } });
    assertEquals(data.properties!.redirect_to, expected);
    const answer = await fetch(data.properties!.action_link, { redirect: "manual" });
    const location = answer.headers.get("location")!;
    assert(location.startsWith(`${expected}#access_token=`), location);
  }
});

Deno.test("a weak password still signs in, and the client is told", async () => {
  const { data } = await service().createUser({ email: address("weak"), password: "abc", email_confirm: true });
  const answer = await send("/token?grant_type=password", { body: { email: data.user!.email, password: "abc" } });
  assertEquals([answer.status, answer.body.weak_password.reasons], [200, ["length"]]);
});

Deno.test("sign-ups that are refused, in both versions of the API", async () => {
  const check = (body: object, status: number, code: string, message?: string) =>
    refused("/signup", { body }, status, code, message);
  const email = `never-${crypto.randomUUID()}@auth.test`;
  await check({}, 422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled");
  await check({ email }, 400, "validation_failed", "Signup requires a valid password");
  await check({ email, password: "short" }, 422, "weak_password", "Password should be at least 6 characters.");
  await check({ email, password: "x".repeat(73) }, 400, "validation_failed");
  await check({ email: "no-at", password: PASSWORD }, 400, "validation_failed");
  await check({ email, phone: "1", password: PASSWORD }, 400, "validation_failed");
  await check({ phone: "15550100", password: PASSWORD }, 400, "phone_provider_disabled");
  await check({ email, password: PASSWORD, code_challenge: "x" }, 400, "validation_failed");
});
