// Section "Access and errors" of the contract with GoTrue; each test quotes the sentence that it holds.
import { assert, assertEquals } from "../assert.ts";
import { onWrite, withDatabase } from "../database.ts";
import { admin, refused, send } from "../http.ts";
import { LOCAL_SECRET, signed, unsigned } from "../tokens.ts";
import { address, makeUser, NOBODY, PASSWORD, session, withUser } from "../users.ts";

const SECRET = { key: "SUPABASE_SECRET_KEY" };
const VERSION_2024 = { "x-supabase-api-version": "2024-01-01" };
const EXPIRED = 1;
const UNEXPECTED = [500, "unexpected_failure"] as const;

/** Every route that is for administrators only. */
const ADMIN_ROUTES: [string, string][] = [
  ["GET", "/admin/users"],
  ["POST", "/admin/users"],
  ["GET", `/admin/users/${NOBODY}`],
  ["PUT", `/admin/users/${NOBODY}`],
  ["DELETE", `/admin/users/${NOBODY}`],
  ["POST", "/admin/generate_link"],
  ["POST", "/invite"],
];

/** Refused on every one of them. */
async function noAdmin(request: object, status: number, code: string, message?: string): Promise<void> {
  for (const [method, path] of ADMIN_ROUTES) {
    const body = method === "GET" ? undefined : {};
    await refused(path, { method, body, ...request }, status, code, message);
  }
}

Deno.test("Authorization: Bearer JWT; role claim service_role or supabase_admin; no sub needed", async () => {
  for (const role of ["service_role", "supabase_admin"]) {
    const token = await signed({ role });
    assertEquals((await send("/admin/users", { key: "", token })).status, 200);
    const invited = await send("/invite", { key: "", token, body: { email: address() } });
    assertEquals(invited.status, 200);
    const path = `/admin/users/${invited.body.id}`;
    assertEquals((await send(path, { key: "", token, method: "DELETE" })).status, 200);
  }
  const authorization = `bearer ${await signed({ role: "service_role" })}`;
  assertEquals((await send("/admin/users", { key: "", headers: { authorization } })).status, 200);
});

Deno.test("no/garbled bearer 401 no_authorization", async () => {
  const message = "This endpoint requires a valid Bearer token";
  await noAdmin({ key: "" }, 401, "no_authorization", message);
  for (const authorization of ["Basic x", "Bearer", "Bearer a b", "BEARER a.b.c", "Token a.b.c", "a.b.c"]) {
    await refused("/admin/users", { key: "", headers: { authorization } }, 401, "no_authorization", message);
  }
});

Deno.test("bad signature, expired, unknown kid 403 bad_jwt", async () => {
  const role = "service_role";
  const told = "invalid JWT: unable to parse or verify signature, ";
  await noAdmin({ token: await signed({ role }, "another secret of good length") }, 403, "bad_jwt");
  const check = (token: string, why?: string) => refused("/admin/users", { token }, 403, "bad_jwt", why && told + why);
  await check("garbage", "token is malformed: token contains an invalid number of segments");
  await check("a.b.c.d", "token is malformed: token contains an invalid number of segments");
  await check("..");
  await check(await signed({ role, exp: EXPIRED }), "token has invalid claims: token is expired");
  await check(await signed({ role, exp: 1.5 }), "token has invalid claims: token is expired");
  await check(await signed({ role, nbf: 4_000_000_000 }), "token has invalid claims: token is not valid yet");
  await check(await signed({ role, exp: "soon" }));
  await check(await signed('{"role":"service_role","exp":1e999}'));
  await check(await signed("[]"));
  const good = await signed({ role });
  await check(good.slice(0, -2) + (good.at(-2) === "A" ? "B" : "A") + good.at(-1));
  await check(`${good}=`);
  for (const kid of ["foreign", "../../etc/passwd", "' or '1'='1", "x\u0000y", "", "k".repeat(3000)]) {
    await check(await signed({ role }, LOCAL_SECRET, { alg: "ES256", kid }));
    await check(unsigned({ alg: "none", kid }, { role }));
  }
});

Deno.test("tokens without a signature, or signed with what everybody knows, are no tokens", async () => {
  const claims = { role: "service_role" };
  for (const alg of ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "PS256", null, 1, {}]) {
    await noAdminToken(unsigned({ alg }, claims));
    await noAdminToken(`${unsigned({ alg }, claims)}x`);
    await noAdminToken(await signed(claims, LOCAL_SECRET, { alg }));
  }
  const { keys: [jwk] } = (await send("/.well-known/jwks.json", { key: "" })).body;
  const spki = await crypto.subtle.exportKey(
    "spki",
    await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]),
  );
  const pem = btoa(String.fromCharCode(...new Uint8Array(spki)));
  const block = `-----BEGIN PUBLIC KEY-----\n${pem.replace(/(.{64})/g, "$1\n")}\n-----END PUBLIC KEY-----\n`;
  for (const secret of [block, pem, JSON.stringify(jwk), jwk.x, jwk.kid]) {
    await noAdminToken(await signed(claims, secret, { alg: "HS256", kid: jwk.kid }));
    await noAdminToken(await signed(claims, secret));
  }
  // The right secret, but under the name of the other key.
  await noAdminToken(await signed(claims, LOCAL_SECRET, { alg: "HS256", kid: jwk.kid }));
});

function noAdminToken(token: string): Promise<void> {
  return refused("/admin/users", { token }, 403, "bad_jwt");
}

Deno.test("a claim of another type makes the token malformed", async () => {
  const role = "service_role";
  for (const claims of [{ role: ["service_role"] }, { role: 1 }, { role, sub: 5 }, { role, session_id: {} }]) {
    await noAdminToken(await signed(claims));
  }
  await noAdminToken(await signed({ role, aud: 5 }));
  assertEquals((await send("/admin/users", { token: await signed({ role, aud: ["other", "more"] }) })).body, {
    users: [],
    aud: "other",
  });
});

Deno.test("other role 403 not_admin", async () => {
  await noAdmin({}, 403, "not_admin", "User not allowed");
  for (const role of ["authenticated", "postgres", "Service_Role", "service_role ", "", null]) {
    await refused("/admin/users", { token: await signed({ role }) }, 403, "not_admin");
  }
  await withUser(async ({ email }) => {
    const { access_token: token } = await session(email);
    await noAdmin({ token }, 403, "not_admin");
  }, { role: "authenticated", app_metadata: { role: "service_role" }, user_metadata: { role: "service_role" } });
});

Deno.test("a token with a session_id must have a live user and session", () =>
  withDatabase(async (sql) => {
    const role = "service_role";
    const check = async (claims: object, code: string, message: string) => {
      const token = await signed({ role, ...claims });
      await refused("/admin/users", { token }, 403, code, message);
      await refused("/user", { token }, 403, code, message);
    };
    const user = await makeUser();
    const { access_token } = await session(user.email);
    const { session_id } = JSON.parse(atob(access_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    const sub = user.id;
    assertEquals((await send("/admin/users", { token: await signed({ role, sub, session_id }) })).status, 200);
    // The nil UUID stands for no session.
    const session_less = { role, sub, session_id: "00000000-0000-0000-0000-000000000000" };
    assertEquals((await send("/user", { token: await signed(session_less) })).status, 200);

    await check({ sub: NOBODY, session_id }, "user_not_found", "User from sub claim in JWT does not exist");
    const unknown = "Session from session_id claim in JWT does not exist";
    await check({ sub, session_id: NOBODY }, "session_not_found", unknown);
    await check({ sub, session_id: "x" }, "bad_jwt", "invalid claim: session_id claim must be a UUID");
    await sql`update auth.sessions set not_after = now() - interval '1 second' where id = ${session_id}`;
    await check({ sub, session_id }, "session_expired", "Session from session_id claim in JWT has expired");

    await admin(`/admin/users/${user.id}`, { method: "DELETE" });
    const gone = "User from sub claim in JWT does not exist";
    await check({ sub, session_id }, "user_not_found", gone);
    await refused("/user", { token: access_token }, 403, "user_not_found", gone);
  }));

Deno.test("HS256 with jwt_secret, or a configured kid", () =>
  withUser(async ({ id, email }) => {
    const { access_token } = await session(email);
    const [header] = access_token.split(".");
    assertEquals(JSON.parse(atob(header)).alg, "ES256");
    assertEquals((await send("/user", { token: access_token })).body.id, id);
    assertEquals((await send("/user", { token: await signed({ sub: id }) })).body.id, id);
  }));

Deno.test("`sb_secret_...` keys are translated by the gateway", async () => {
  const key = Deno.env.get("SUPABASE_SECRET_KEY")!;
  for (const headers of [{ apikey: key }, { authorization: `Bearer ${key}` }]) {
    assertEquals((await send("/admin/users", { key: "", headers })).status, 200);
  }
  assertEquals((await send(`/admin/users?apikey=${key}`, { key: "" })).status, 200);
  // A bearer that is no such key wins over the key beside it.
  await refused("/admin/users", { ...SECRET, token: "x" }, 403, "bad_jwt");
  await refused("/admin/users", { headers: { apikey: `${key}x` }, key: "" }, 403, "bad_jwt");
});

Deno.test("of two bearers the first counts", async () => {
  const good = await signed({ role: "service_role" });
  const both = (tokens: string[]) => {
    const headers = tokens.map((token): [string, string] => ["authorization", `Bearer ${token}`]);
    return fetch(`${Deno.env.get("SUPABASE_URL")}/auth/v1/admin/users`, { headers });
  };
  assertEquals((await (await both(["x", good])).json()).error_code, "bad_jwt");
  assertEquals((await (await both([good, "x"])).json()).aud, "authenticated");
});

Deno.test("error body: default and X-Supabase-Api-Version: 2024-01-01; x-sb-error-code in both", async () => {
  const request = { ...SECRET, body: {} };
  const msg = "Cannot create a user without either an email or phone";
  const old = await admin("/admin/users", request);
  assertEquals(old.body, { code: 400, error_code: "validation_failed", msg });
  assertEquals(old.headers.get("x-supabase-api-version"), null);
  const current = await admin("/admin/users", { ...request, headers: VERSION_2024 });
  assertEquals(current.body, { code: "validation_failed", message: msg });
  assertEquals(current.headers.get("x-supabase-api-version"), "2024-01-01");
  for (const { headers } of [old, current]) {
    assertEquals(headers.get("x-sb-error-code"), "validation_failed");
    assertEquals(headers.get("content-type"), "application/json");
  }
  for (const version of ["2023-12-31", "latest", "", "2024-13-01"]) {
    const answer = await admin("/admin/users", { ...request, headers: { "x-supabase-api-version": version } });
    assertEquals(answer.body, old.body);
  }
});

Deno.test("+`error_id` on 5xx", async () => {
  const body = { email: address(), password_hash: "plain" };
  const { error_id, ...rest } = (await admin("/admin/users", { body })).body;
  assertEquals(rest, { code: 500, error_code: "unexpected_failure", msg: "Error creating user" });
  assert(/^[0-9a-f-]{36}$/.test(error_id), error_id);
});

Deno.test("a PostgreSQL error underneath replaces the body, in the default version", async (test) => {
  const using = "message = 'the message', hint = 'the hint', detail = 'the detail'";
  const said = { message: "the message", hint: "the hint", detail: "the detail" };
  const codes: [string, number][] = [
    ["P0001", 500],
    ["23000", 500],
    ["23001", 500],
    ["23502", 500],
    ["23503", 500],
    ["23505", 500],
    ["23514", 500],
    ["23P01", 500],
    ["PT402", 402],
    ["PT418", 418],
    ["PT503", 503],
  ];
  for (const [code, status] of codes) {
    await test.step(`${code}: status ${status}`, () =>
      withDatabase(async (sql) => {
        await onWrite(sql, "before insert on auth.users", `raise exception using errcode = '${code}', ${using}`);
        const body = { email: address(), password: PASSWORD };
        const old = await admin("/admin/users", { body });
        assertEquals([old.status, old.body], [status, { code, ...said }]);
        assertEquals(old.headers.get("x-sb-error-code"), "unexpected_failure");
        const current = await admin("/admin/users", { body, headers: VERSION_2024 });
        const message = "Database error creating new user";
        assertEquals([current.status, current.body], [500, { code: "unexpected_failure", message }]);
      }));
  }
});

Deno.test("not null, FK, unique, check and exclusion speak for themselves", async (test) => {
  const constraints: [string, string, string[]][] = [
    ["23502", "add column trace_extra int not null", ["code", "message", "detail"]],
    ["23503", "add column trace_extra int default 1 references trace.other (id)", ["code", "message", "detail"]],
    ["23505", "add column trace_extra int default 1 unique", ["code", "message", "detail"]],
    ["23514", "add constraint trace_extra check (email is null) not valid", ["code", "message", "detail"]],
    [
      "23P01",
      "add column trace_extra int4range default '[1,2)', " +
      "add constraint trace_range exclude using gist (trace_extra with &&)",
      ["code", "message", "detail"],
    ],
  ];
  for (const [code, change, members] of constraints) {
    await test.step(code, () =>
      withDatabase(async (sql) => {
        await sql.unsafe(`create table trace.other (id int primary key);
          create table trace.hung (user_id uuid, email text);
          grant all on all tables in schema trace to supabase_auth_admin; alter table trace.hung ${change};
          insert into trace.other select 1 where ${code !== "23503"}`);
        // In a table of the project that a trigger fills, as people have them.
        await onWrite(
          sql,
          "after insert on auth.users",
          `
          insert into trace.hung (user_id, email) values (new.id, new.email);
          insert into trace.hung (user_id, email) values (new.id, new.email)`,
        );
        const { status, body } = await admin("/admin/users", { body: { email: address(), password: PASSWORD } });
        assertEquals([status, Object.keys(body), body.code], [500, members, code]);
      }));
  }
});

Deno.test("unhandled: 500 `unexpected_failure`", () =>
  withDatabase(async (sql) => {
    const message = "Database error creating new user";
    await sql.unsafe("create table trace.closed (id uuid)");
    await onWrite(sql, "after insert on auth.users", "insert into trace.closed values (new.id)");
    await refused(
      "/admin/users",
      { ...SECRET, body: { email: address(), password: PASSWORD } },
      ...UNEXPECTED,
      message,
    );
  }));

Deno.test("bad JSON 400 `bad_json`", async () => {
  const routes = [
    "/admin/users",
    "/invite",
    "/admin/generate_link",
    "/token?grant_type=password",
    "/signup",
    "/token?grant_type=refresh_token",
    "/token?grant_type=pkce",
    "/recover",
    "/verify",
    "/otp",
    "/resend",
  ];
  const bodies = [
    "",
    " ",
    "{",
    "[]",
    "[1]",
    '"text"',
    "1",
    "true",
    "{'a':1}",
    '{"a":1,}',
    '{"email":5}',
    '{"email":[]}',
    '{"email":{}}',
    '{"email":true}',
    '{"email":"a\\u0000b@c.d"}',
    '{"email":"\\ud800"}',
    '{"email":"\\x"}',
    '{"more":1e999}',
    `${"[".repeat(10_000)}${"]".repeat(10_000)}`,
    `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    '{"email":"a@b.c"}{}',
    '\ufeff{"email":"a@b.c"}',
  ];
  for (const path of routes) {
    for (const body of bodies.filter((body) => !path.includes("=") || !body.includes("email"))) {
      await refused(path, { ...SECRET, method: "POST", body }, 400, "bad_json");
    }
  }
  const answer = await fetch(`${Deno.env.get("SUPABASE_URL")}/auth/v1/signup`, {
    method: "POST",
    body: new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  });
  assertEquals([answer.status, (await answer.json()).error_code], [400, "bad_json"]);
});

Deno.test("body over 1 MiB 413 `request_entity_too_large`", async () => {
  const sized = (bytes: number) => {
    const frame = '{"more":""}';
    return `{"more":"${"x".repeat(bytes - frame.length)}"}`;
  };
  const code = "request_entity_too_large";
  await refused("/admin/users", { ...SECRET, body: sized((1 << 20) + 1) }, 413, code);
  const largest = await admin("/admin/users", { body: sized(1 << 20) });
  assertEquals([largest.status, largest.body.error_code], [400, "validation_failed"]);
  // Without a length in front the body is counted as it comes.
  const chunked = (bytes: number) => {
    const parts = new Blob([sized(bytes)]).stream();
    const headers = { apikey: Deno.env.get("SUPABASE_SECRET_KEY")! };
    return fetch(`${Deno.env.get("SUPABASE_URL")}/auth/v1/admin/users`, { method: "POST", body: parts, headers });
  };
  const [long, fitting] = [await chunked((1 << 20) + 1), await chunked(1 << 20)];
  assertEquals([long.status, (await long.json()).error_code], [413, code]);
  assertEquals([fitting.status, (await fitting.json()).error_code], [400, "validation_failed"]);
});
