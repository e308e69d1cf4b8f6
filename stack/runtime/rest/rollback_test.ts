import { equal } from "node:assert/strict";
import { asksForRollback } from "./request.ts";

Deno.test("the first of contradicting preferences counts", () => {
  equal(asksForRollback("tx=rollback"), true);
  equal(asksForRollback("return=minimal, tx=rollback,count=exact"), true);
  equal(asksForRollback("tx=commit, tx=rollback"), false);
  equal(asksForRollback("tx=rollbacks"), false);
  equal(asksForRollback(undefined), false);
});

const URL = Deno.env.get("SUPABASE_URL");
const KEY = Deno.env.get("SUPABASE_SECRET_KEY") ?? "";

/** A request about the tags of this test, with what it prefers. */
async function tags(
  method: string,
  query: string,
  prefer: string,
  body?: unknown,
): Promise<Response> {
  return await fetch(`${URL}/rest/v1/tags?${query}`, {
    method,
    headers: {
      apikey: KEY,
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
      prefer,
    },
    body: JSON.stringify(body),
  });
}

async function names(): Promise<string[]> {
  const response = await tags("GET", "select=name&name=like.undone*", "");
  const rows: { name: string }[] = await response.json();
  return rows.map((row) => row.name).sort();
}

Deno.test("what is to be undone is told as done, and undone", async () => {
  const row = { name: "undone 1" };
  const made = await tags("POST", "", "tx=rollback", row);
  equal(made.status, 201);
  equal(made.headers.get("preference-applied"), "tx=rollback");
  await made.body?.cancel();
  equal((await names()).length, 0);

  await (await tags("POST", "", "", row)).body?.cancel();
  try {
    const count = "tx=rollback,count=exact";
    const change = { name: "undone 2" };
    const changed = await tags("PATCH", "name=eq.undone 1", count, change);
    equal(changed.headers.get("content-range"), "0-0/1");
    const removed = await tags("DELETE", "name=eq.undone 1", count);
    equal(removed.headers.get("content-range"), "*/1");
    equal((await names()).join(), "undone 1");
  } finally {
    await (await tags("DELETE", "name=like.undone*", "")).body?.cancel();
  }
  equal((await names()).length, 0);
});
