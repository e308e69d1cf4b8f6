// A project with `signing_keys_path`: its first key signs, and the JWKS serves its public half only.
import { assert, assertEquals } from "./assert.ts";
import { signedIn } from "./clients.ts";

Deno.test("user tokens are signed by the project's key and verify against the JWKS", async () => {
  const supabase = await signedIn("seeded@legacy.test", "Legacy-pass-1");
  const { data, error } = await supabase.auth.getClaims();
  assertEquals(error, null);
  assertEquals([data!.header.alg, data!.header.kid], ["ES256", "own-key"]);
  assertEquals((await supabase.from("companies").select("name")).data?.length, 1);
});

Deno.test("the JWKS has no private part", async () => {
  const jwks = await (await fetch(`${Deno.env.get("SUPABASE_URL")}/auth/v1/.well-known/jwks.json`)).json();
  assertEquals(jwks.keys.map((key: { kid: string }) => key.kid).includes("own-key"), true);
  assert(jwks.keys.every((key: object) => !("d" in key)), "a private part is served");
});
