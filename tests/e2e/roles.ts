// The official client, signed in as each of the three roles, against a stack after `cargo xtask reset`.
import { assert, assertEquals } from "./assert.ts";
import { client, PASSWORD, signedIn } from "./clients.ts";

const VOLUMES = { admin: 50, director: 30, manager: 20 } as const;

Deno.test("nobody signed out sees a row", async () => {
  for (const key of ["SUPABASE_ANON_KEY", "SUPABASE_PUBLISHABLE_KEY"]) {
    const { data, error } = await client(key).from("organizations").select("id").limit(1);
    assert(error !== null || data?.length === 0, `${key} read ${JSON.stringify(data)}`);
  }
});

Deno.test("the service key sees everything, in both of its forms", async () => {
  for (const key of ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SECRET_KEY"]) {
    const { count, error } = await client(key).from("organizations").select("*", {
      count: "exact",
      head: true,
    });
    assertEquals(error, null);
    assert((count ?? 0) >= 100, `${key} counted ${count}`);
  }
});

for (const [role, own] of Object.entries(VOLUMES)) {
  Deno.test(`${role} signs in and sees what the policies say`, async () => {
    const supabase = await signedIn(`${role}@test.local`);
    const { data: { user } } = await supabase.auth.getUser();
    const { data: profile } = await supabase.from("sales").select("id, role").eq("user_id", user!.id)
      .single();
    const { count: owned } = await supabase.from("organizations")
      .select("*", { count: "exact", head: true }).eq("assigned_to", profile!.id);
    assertEquals(owned, own);
    const { count: visible } = await supabase.from("organizations").select("*", {
      count: "exact",
      head: true,
    });
    if (role === "manager") assertEquals(visible, own);
    else assert(visible! >= 100, `${role} sees ${visible}`);
  });
}

Deno.test("embeds, filters, order, ranges and counts", async () => {
  const supabase = await signedIn("admin@test.local");
  const { data, error, count } = await supabase.from("contacts")
    .select(
      "id, first_name, email, contact_organizations(is_primary, organization:organizations(name, website))",
      {
        count: "exact",
      },
    )
    .eq("contact_organizations.is_primary", true)
    .order("last_name").order("id")
    .range(0, 9);
  assertEquals(error, null);
  assertEquals(data!.length, 10);
  assert(count! >= 200, `counted ${count}`);
  for (const contact of data!) {
    assertEquals(contact.contact_organizations.length, 1);
    const domain = new URL(contact.contact_organizations[0].organization.website).hostname.replace(
      /^www\./,
      "",
    );
    assert(contact.email[0].email.endsWith(`@${domain}`), `${contact.email[0].email} is not at ${domain}`);
  }
});

Deno.test("an account manager writes own rows and no others", async () => {
  const supabase = await signedIn("manager@test.local");
  const { data: { user } } = await supabase.auth.getUser();
  const { data: me } = await supabase.from("sales").select("id").eq("user_id", user!.id).single();

  const made = await supabase.from("organizations")
    .insert({ name: "Made by a test", assigned_to: me!.id, created_by: me!.id }).select().single();
  assertEquals(made.error, null);
  const changed = await supabase.from("organizations").update({ city: "Bern" }).eq("id", made.data.id)
    .select();
  assertEquals(changed.data!.map((row) => row.city), ["Bern"]);

  const admin = await signedIn("admin@test.local");
  const { data: foreign } = await admin.from("organizations").select("id").neq("assigned_to", me!.id).limit(1)
    .single();
  const stolen = await supabase.from("organizations").update({ city: "Bern" }).eq("id", foreign!.id).select();
  assertEquals(stolen.data, []);

  const removed = await supabase.from("organizations").delete().eq("id", made.data.id).select();
  assertEquals(removed.data!.length, 1);
});

Deno.test("a wrong password, an unknown table and a missing row are told apart", async () => {
  const supabase = client("SUPABASE_ANON_KEY");
  const wrong = await supabase.auth.signInWithPassword({
    email: "admin@test.local",
    password: `not ${PASSWORD}`,
  });
  assertEquals([wrong.error?.status, wrong.error?.code], [400, "invalid_credentials"]);
  const admin = await signedIn("admin@test.local");
  assertEquals((await admin.from("no_such_table").select()).error?.code, "PGRST205");
  const nobody = "00000000-0000-4000-8000-000000000000";
  assertEquals(
    (await admin.from("organizations").select().eq("id", nobody).single()).error?.code,
    "PGRST116",
  );
  const twice = await admin.from("tags").insert([{ name: "twice" }, { name: "twice" }]);
  assertEquals([twice.status, twice.error?.code], [409, "23505"]);
});

Deno.test("the users function takes the service key and administrators, nobody else", async () => {
  const body = {
    email: "made-by-function@test.local",
    password: PASSWORD,
    first_name: "Made",
    last_name: "Here",
    role: "account_manager",
  };
  const manager = await signedIn("manager@test.local");
  const refused = await manager.functions.invoke("users", { method: "POST", body });
  assertEquals(refused.error?.context.status, 403);
  const signedOut = await client("SUPABASE_ANON_KEY").functions.invoke("users", { method: "POST", body });
  assertEquals(signedOut.error?.context.status, 401);

  const admin = await signedIn("admin@test.local");
  const made = await admin.functions.invoke("users", { method: "POST", body });
  assertEquals(made.error, null);
  await signedIn(body.email);

  const service = client("SUPABASE_SECRET_KEY");
  const duplicate = await service.functions.invoke("users", { method: "POST", body });
  assert([409, 422].includes(duplicate.error?.context.status), `status ${duplicate.error?.context.status}`);
  const { data: { users } } = await service.auth.admin.listUsers({ perPage: 1000 });
  const user = users.find((user) => user.email === body.email);
  assertEquals((await service.auth.admin.deleteUser(user!.id)).error, null);
});
