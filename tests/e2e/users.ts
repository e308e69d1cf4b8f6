// Users for one test, made by the Auth admin API.
import { assertEquals } from "./assert.ts";
import { admin, type Answer, send } from "./http.ts";

/** The password of these users. */
export const PASSWORD = "TestPass123!";
/** An id that no user has. */
export const NOBODY = "5eed0000-0000-8000-8000-000000000000";

/** An e-mail that no other test has. */
export function address(name = "user"): string {
  return `${name}-${crypto.randomUUID()}@auth.test`;
}

/** Makes a user, confirmed unless `more` says otherwise. */
export async function makeUser(more: Record<string, unknown> = {}): Promise<Answer["body"]> {
  const body = { email: address(), password: PASSWORD, email_confirm: true, ...more };
  const made = await admin("/admin/users", { body });
  assertEquals([made.status, made.body.msg], [200, undefined]);
  return made.body;
}

/** Makes a user, hands it to the body, and removes it. */
export async function withUser(
  body: (user: Answer["body"]) => Promise<void>,
  more: Record<string, unknown> = {},
): Promise<void> {
  const user = await makeUser(more);
  try {
    await body(user);
  } finally {
    await admin(`/admin/users/${user.id}`, { method: "DELETE" });
  }
}

/** Signs in by password. */
export function signIn(email: string, password = PASSWORD): Promise<Answer> {
  return send("/token?grant_type=password", { body: { email, password } });
}

/** The session of somebody who signs in. */
export async function session(email: string, password = PASSWORD): Promise<Answer["body"]> {
  const { status, body } = await signIn(email, password);
  assertEquals([status, body.msg], [200, undefined]);
  return body;
}
