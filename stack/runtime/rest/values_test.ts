import { deepEqual, equal } from "node:assert/strict";
import { connectionLoss, statusOf } from "./postgrest_errors.ts";
import { isoTimestamp, jsonNumber } from "./postgres_types.ts";
import { rangeOfUpdate, withDefaults } from "./preferences.ts";
import {
  contextOf,
  type RoleSettings,
  transactionSettings,
} from "./request.ts";
import { exceptions, quoted } from "./statements.ts";
import { level, type ListedObject, signed } from "./storage_routes.ts";

Deno.test("timestamps are written as JSON has them", () => {
  equal(
    isoTimestamp("2026-01-02 03:04:05.6+00"),
    "2026-01-02T03:04:05.6+00:00",
  );
  equal(isoTimestamp("2026-01-02 03:04:05+05:30"), "2026-01-02T03:04:05+05:30");
  equal(isoTimestamp("2026-01-02 03:04:05"), "2026-01-02T03:04:05");
  equal(isoTimestamp("infinity"), "infinity");
});

Deno.test("numbers that JSON lacks stay text", () => {
  equal(jsonNumber("100.00"), 100);
  equal(jsonNumber("NaN"), "NaN");
  equal(jsonNumber("-Infinity"), "-Infinity");
});

Deno.test("an SQLSTATE has PostgREST's status", () => {
  const status = (code: string, message = "") => statusOf({ code, message });
  deepEqual(
    ["P0001", "23514", "23P01", "42P01", "57014", "22023", "53300", "XX000"]
      .map((code) => status(code)),
    [400, 400, 400, 404, 500, 400, 503, 500],
  );
  equal(status("22023", 'role "x" does not exist'), 401);
  equal(status("21000", "UPDATE requires a WHERE clause"), 400);
  equal(status("21000", "more than one row returned"), 500);
});

Deno.test("an error says whether a statement may have run", () => {
  const lost = (code: string, message = "") =>
    connectionLoss(Object.assign(new Error(message), { code }));
  equal(lost("3D000"), "before");
  equal(
    lost("55000", "database is not currently accepting connections"),
    "before",
  );
  equal(lost("55000", "currval is not yet defined"), undefined);
  equal(lost("57P01"), "during");
  equal(lost("23505"), undefined);
});

Deno.test("a role's own settings win over authenticator's, and the role is set last", () => {
  const request = new Request("http://x/rest/v1/t?a=eq.1", {
    headers: { "accept-profile": 'o"dd', cookie: "a=1; b=x=y" },
  });
  const context = contextOf(request, "/rest/v1/t", ["public"], { sub: "u" });
  const roles: RoleSettings = new Map<string, Record<string, string>>([
    ["authenticator", { statement_timeout: "8s", lock_timeout: "8s" }],
    ["anon", { statement_timeout: "3s" }],
  ]);
  const settings = transactionSettings(context, roles, [
    "public",
    "extensions",
  ]);
  equal(settings.statement_timeout, "3s");
  equal(settings.lock_timeout, "8s");
  equal(settings.search_path, '"o""dd", "public", "extensions"');
  equal(settings["request.path"], "/t");
  equal(settings["request.cookies"], '{"a":"1","b":"x=y"}');
  equal(settings["request.jwt.claims"], '{"sub":"u","role":"anon"}');
  equal(settings.transaction_read_only, "on");
  equal(Object.keys(settings).at(-1), "role");
});

Deno.test("a change is answered without its rows unless asked for", async () => {
  const preferred = async (method: string, prefer?: string) => {
    let seen: string | null = null;
    const headers = prefer === undefined ? undefined : { prefer };
    const request = new Request("http://x/rest/v1/t", { method, headers });
    const response = await withDefaults(request, (sent) => {
      seen = sent.headers.get("prefer");
      const applied = (seen ?? "").replaceAll(",", ", ");
      return Promise.resolve(
        new Response(null, { headers: { "preference-applied": applied } }),
      );
    });
    return [seen, response.headers.get("preference-applied")];
  };
  deepEqual(await preferred("POST"), ["return=minimal", null]);
  deepEqual(await preferred("PATCH", "count=exact"), [
    "count=exact,return=minimal",
    "count=exact",
  ]);
  deepEqual(await preferred("POST", "return=representation"), [
    "return=representation",
    "return=representation",
  ]);
  deepEqual((await preferred("GET"))[0], null);
});

Deno.test("counted updates have a range", () => {
  equal(rangeOfUpdate("*/6"), "0-5/6");
  equal(rangeOfUpdate("*/0"), "*/0");
  equal(rangeOfUpdate("0-0/*"), "0-0/*");
});

Deno.test("a listing shows one level", () => {
  const row = (name: string): ListedObject => ({
    name,
    id: name,
    updated_at: null,
    created_at: null,
    last_accessed_at: null,
    metadata: {},
  });
  const rows = ["a/b.txt", "a/c/d.txt", "a/c/e.txt", "a/B2.txt"].map(row);
  const names = (options = {}) =>
    level(rows, "a/", options).map(({ name, id }) =>
      id === null ? `${name}/` : name
    );
  deepEqual(names(), ["B2.txt", "b.txt", "c/"]);
  deepEqual(names({ sortBy: { column: "name", order: "desc" } }), [
    "c/",
    "b.txt",
    "B2.txt",
  ]);
  deepEqual(names({ search: "b", limit: 1, offset: 1 }), ["b.txt"]);
});

Deno.test("a signed URL is relative to the client's own", () => {
  deepEqual(signed({ signedUrl: "/storage/v1/object/sign/b/x?token=t" }), {
    signedURL: "/object/sign/b/x?token=t",
  });
});

Deno.test("booleans are left to PostgreSQL, JSON arguments go as text", () => {
  const text = "select f(a := $1::jsonb, b := $2::jsonb, c := $3::jsonb[])";
  const found = exceptions(text, ['{"x":1}', "plain", "{}", true, [[false]]]);
  deepEqual([...found], [
    [3, { value: true, type: 0 }],
    [4, { value: [[false]], type: 0 }],
    [0, { value: '{"x":1}', type: 25 }],
    [1, { value: '"plain"', type: 25 }],
  ]);
});

Deno.test("names of functions and arguments keep their case", () => {
  equal(
    quoted(
      "select * from api.mergeAll(fromId := $1, to := $2)",
      "/rpc/mergeAll",
    ),
    'select * from api."mergeAll"("fromId" := $1, to := $2)',
  );
  equal(quoted('select "aB" from t', "/t"), 'select "aB" from t');
});
