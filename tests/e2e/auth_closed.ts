// Auth where signing in by e-mail is switched off: `[auth.email] enable_signup = false`.
import { assertEquals } from "./assert.ts";
import { refused, send } from "./http.ts";

Deno.test("422 `email_provider_disabled` at sign-in", () =>
  refused("/token?grant_type=password", { body: { email: "a@b.c", password: "x" } }, 422, "email_provider_disabled"));

Deno.test("and wherever else an e-mail would lead to a session", async () => {
  const [email, password] = ["a@b.c", "TestPass123!"];
  await refused("/otp", { body: { email } }, 422, "email_provider_disabled");
  await refused("/magiclink", { body: { email } }, 422, "email_provider_disabled");
  await refused("/recover", { body: { email } }, 400, "email_provider_disabled");
  await refused("/resend", { body: { type: "signup", email } }, 400, "email_provider_disabled");
  await refused("/signup", { body: { email, password } }, 400, "email_provider_disabled");
  assertEquals((await send("/settings")).body.external.email, false);
});
