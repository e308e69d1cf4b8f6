// `deno test supabase/functions/users`: the rules of the function, on a directory in memory.
import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { Refusal } from "../_shared/http.ts";
import type { AccountChange, Caller, Directory, Profile, ProfileChange, Subject } from "./directory.ts";
import { handle } from "./handler.ts";

const ADA = "00000000-0000-4000-8000-000000000001";
const MAX = "00000000-0000-4000-8000-000000000002";
const NEW = "00000000-0000-4000-8000-000000000003";

/** Ada, an administrator, and Max, an account manager. Their tokens are their first names. */
class Memory implements Directory {
  profiles: Profile[] = [person(1, ADA, "Ada", "admin"), person(2, MAX, "Max", "account_manager")];
  accounts = new Map<string, AccountChange>();
  failing: keyof Directory | null = null;

  caller(token: string): Promise<Caller> {
    if (token === "service") return Promise.resolve({ kind: "service" });
    const profile = this.profiles.find((profile) => profile.first_name === token);
    if (!profile) throw new Refusal(401, "bad_jwt", "This token is nobody's");
    return Promise.resolve({ kind: "person", profile });
  }
  createAccount(account: AccountChange & { email: string }): Promise<string> {
    if (this.profiles.some((profile) => profile.email === account.email)) {
      throw new Refusal(409, "email_exists", "taken");
    }
    this.accounts.set(NEW, account);
    this.profiles.push({ ...person(3, NEW, "", "account_manager"), email: account.email });
    return Promise.resolve(NEW);
  }
  changeAccount(userId: string, change: AccountChange): Promise<void> {
    if (this.failing === "changeAccount") throw new Refusal(422, "weak_password", "too weak");
    this.accounts.set(userId, change);
    return Promise.resolve();
  }
  removeAccount(userId: string): Promise<void> {
    this.accounts.delete(userId);
    this.profiles = this.profiles.filter((profile) => profile.user_id !== userId);
    return Promise.resolve();
  }
  profile(of: Subject): Promise<Profile | null> {
    const [[name, value]] = Object.entries(of);
    const column = (name === "sales_id" ? "id" : name) as keyof Profile;
    return Promise.resolve(this.profiles.find((profile) => profile[column] === value) ?? null);
  }
  changeProfile(userId: string, change: ProfileChange): Promise<Profile> {
    if (this.failing === "changeProfile") throw new Error("connection reset by postgres:secret@db");
    const index = this.profiles.findIndex((profile) => profile.user_id === userId);
    this.profiles[index] = { ...this.profiles[index], ...change };
    return Promise.resolve(this.profiles[index]);
  }
}

function person(id: number, user_id: string, first_name: string, role: Profile["role"]): Profile {
  const email = `${first_name.toLowerCase()}@test.local`;
  const administrator = role === "admin";
  return {
    id,
    user_id,
    first_name,
    last_name: "Test",
    email,
    role,
    administrator,
    disabled: false,
    avatar: null,
  };
}

type Asked = { as?: string; body?: unknown; method?: string };

async function ask(memory: Memory, { as, body, method = "POST" }: Asked) {
  const headers: Record<string, string> = as ? { Authorization: `Bearer ${as}` } : {};
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await handle(new Request("http://localhost/users", { method, headers, body: text }), memory);
  const { data, error } = await answer.json();
  return { status: answer.status, data, error, headers: answer.headers };
}

const EVE = { email: " Eve@Test.local ", password: "TestPass123!", first_name: "Eve", last_name: "Test" };

for (const as of ["service", "Ada"]) {
  Deno.test(`${as} makes a user`, async () => {
    const memory = new Memory();
    const { status, data } = await ask(memory, { as, body: { ...EVE, role: "sales_director" } });
    assertEquals([status, data.email, data.first_name, data.role], [
      201,
      "eve@test.local",
      "Eve",
      "sales_director",
    ]);
    assertEquals(data.administrator, false);
    assertEquals(memory.accounts.get(NEW), {
      email: "eve@test.local",
      password: EVE.password,
      user_metadata: { first_name: "Eve", last_name: "Test" },
      app_metadata: { role: "sales_director" },
    });
  });
}

Deno.test("a role says who is an administrator, unless the request does", async () => {
  const administrator = async (body: object) =>
    (await ask(new Memory(), { as: "service", body: { ...EVE, ...body } })).data.administrator;
  assertEquals(await administrator({}), false);
  assertEquals(await administrator({ role: "admin" }), true);
  assertEquals(await administrator({ role: "admin", administrator: false }), false);
});

Deno.test("a user made disabled is banned in Auth too", async () => {
  const memory = new Memory();
  const { data } = await ask(memory, { as: "Ada", body: { ...EVE, disabled: true } });
  assertEquals([data.disabled, memory.accounts.get(NEW)?.banned], [true, true]);
});

const REFUSED: [string, Asked, number, string][] = [
  ["no token", { body: EVE }, 401, "no_authorization"],
  ["a stranger's token", { as: "Eve", body: EVE }, 401, "bad_jwt"],
  ["an account manager", { as: "Max", body: EVE }, 403, "not_admin"],
  ["another method", { as: "Ada", method: "PUT", body: EVE }, 405, "method_not_allowed"],
  ["no JSON", { as: "Ada", body: "{" }, 400, "bad_json"],
  ["a list", { as: "Ada", body: [EVE] }, 400, "bad_json"],
  [
    "a large body",
    { as: "Ada", body: { ...EVE, avatar: "x".repeat(20_000) } },
    413,
    "request_entity_too_large",
  ],
  ["an e-mail in use", { as: "Ada", body: { ...EVE, email: "MAX@test.local" } }, 409, "email_exists"],
];
for (const [name, asked, status, code] of REFUSED) {
  Deno.test(`${name} is refused and makes nobody`, async () => {
    const memory = new Memory();
    const answer = await ask(memory, asked);
    assertEquals([answer.status, answer.error.code], [status, code]);
    assertEquals([memory.profiles.length, memory.accounts.size], [2, 0]);
  });
}

Deno.test("all wrong fields are named at once", async () => {
  const body = { email: "nobody", password: "ä".repeat(40), last_name: " ", role: "king", disabled: "no" };
  const { status, error } = await ask(new Memory(), { as: "Ada", body });
  assertEquals(status, 400);
  assertEquals(error.fields, ["email", "password", "first_name", "last_name", "role", "disabled"]);
});

Deno.test("where the profile cannot be set, the account is removed and the reason kept back", async () => {
  const memory = new Memory();
  memory.failing = "changeProfile";
  const { status, error } = await ask(memory, { as: "Ada", body: EVE });
  assertEquals([status, error.code, memory.accounts.size], [500, "unexpected_failure", 0]);
  assertEquals(error.message.includes("secret"), false);
});

Deno.test("people change their own names and passwords", async () => {
  const memory = new Memory();
  const body = { first_name: "Maximilian", password: "AnotherPass456!" };
  const { status, data } = await ask(memory, { as: "Max", method: "PATCH", body });
  assertEquals([status, data.first_name, data.user_id], [200, "Maximilian", MAX]);
  assertEquals(memory.accounts.get(MAX), {
    password: body.password,
    user_metadata: { first_name: "Maximilian" },
  });
});

for (
  const field of [{ role: "admin" }, { administrator: true }, { disabled: false }, { email: "m@test.local" }]
) {
  Deno.test(`people do not change their own ${Object.keys(field)}`, async () => {
    const memory = new Memory();
    const { status, error } = await ask(memory, { as: "Max", method: "PATCH", body: field });
    assertEquals([status, error.fields], [403, Object.keys(field)]);
    assertEquals(memory.profiles, new Memory().profiles);
  });
}

Deno.test("people do not change others, nor learn who there is", async () => {
  for (const subject of [{ user_id: ADA }, { sales_id: 1 }, { user_id: NEW }, { sales_id: 99 }]) {
    const body = { ...subject, first_name: "X" };
    const { status, error } = await ask(new Memory(), { as: "Max", method: "PATCH", body });
    assertEquals([status, error.code], [403, "not_admin"]);
  }
});

Deno.test("administrators change anyone, and disabling bans", async () => {
  const memory = new Memory();
  const body = { sales_id: 2, disabled: true, role: "sales_director" };
  const { status, data } = await ask(memory, { as: "Ada", method: "PATCH", body });
  assertEquals([status, data.disabled, data.role], [200, true, "sales_director"]);
  assertEquals(memory.accounts.get(MAX), { app_metadata: { role: "sales_director" }, banned: true });
  assertEquals((await ask(memory, { as: "Max", method: "PATCH", body: { first_name: "M" } })).status, 403);
});

Deno.test("administrators keep their own rights", async () => {
  for (const body of [{ disabled: true }, { administrator: false }, { role: "account_manager" }]) {
    const { status, error } = await ask(new Memory(), { as: "Ada", method: "PATCH", body });
    assertEquals([status, error.code], [422, "own_rights"]);
  }
});

Deno.test("a change that Auth refuses is taken back from the profile", async () => {
  const memory = new Memory();
  memory.failing = "changeAccount";
  const body = { user_id: MAX, role: "admin", password: "password" };
  const { status, error } = await ask(memory, { as: "service", method: "PATCH", body });
  assertEquals([status, error.code], [422, "weak_password"]);
  assertEquals(memory.profiles, new Memory().profiles);
});

Deno.test("whom to change must be clear and exist", async () => {
  const answer = async (body: unknown) => {
    const { status, error } = await ask(new Memory(), { as: "service", method: "PATCH", body });
    return [status, error.code];
  };
  assertEquals(await answer({ first_name: "X" }), [400, "validation_failed"]);
  assertEquals(await answer({ user_id: "2", first_name: "X" }), [400, "validation_failed"]);
  assertEquals(await answer({ sales_id: -1, first_name: "X" }), [400, "validation_failed"]);
  assertEquals(await answer({ user_id: MAX, sales_id: 2 }), [400, "validation_failed"]);
  assertEquals(await answer({ user_id: NEW, first_name: "X" }), [404, "user_not_found"]);
  assertEquals(await answer({ user_id: MAX, email: "ada@test.local" }), [409, "email_exists"]);
});

Deno.test("browsers may ask, and read refusals", async () => {
  const preflight = await handle(new Request("http://localhost/users", { method: "OPTIONS" }), new Memory());
  assertEquals([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")], [204, "*"]);
  const { headers } = await ask(new Memory(), { body: EVE });
  assertEquals(headers.get("Access-Control-Allow-Origin"), "*");
});
