// A project of an older CLI: own secret, storage off, users written by seed.sql, imports by jsr:, esm.sh and npm:.
import { assert, assertEquals } from "./assert.ts";
import { client, signedIn } from "./clients.ts";

Deno.test("a user that seed.sql wrote signs in and has a profile by the trigger", async () => {
  const supabase = await signedIn("seeded@legacy.test", "Legacy-pass-1");
  const { data } = await supabase.from("sales").select("first_name, administrator").single();
  assertEquals(data, { first_name: "Sara", administrator: true });
});

Deno.test("the legacy keys are signed with the project's own secret", async () => {
  const [header, payload, signature] = Deno.env.get("SUPABASE_ANON_KEY")!.split(".");
  const secret = new TextEncoder().encode("legacy-crm-keeps-a-secret-of-its-own-since-2024");
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
  const bytes = Uint8Array.from(
    atob(signature.replaceAll("-", "+").replaceAll("_", "/")),
    (c) => c.charCodeAt(0),
  );
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  assert(await crypto.subtle.verify("HMAC", key, bytes, signed), "the anon key has another signature");
});

Deno.test("functions import by jsr:, esm.sh and npm:, and do not see the machine", async () => {
  const { data, error } = await client("SUPABASE_ANON_KEY").functions.invoke("imports");
  assertEquals(error, null);
  assertEquals(data, { counts: [1, 1, 1], home: null });
});

Deno.test("storage is off", async () => {
  const { error } = await client("SUPABASE_SERVICE_ROLE_KEY").storage.listBuckets();
  assert(error !== null, "storage answered");
});
