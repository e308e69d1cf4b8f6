// The modules that `cargo xtask fixtures --typescript` wrote, in a test as people write them: what they hold is what
// the database has.
import { signedIn } from "./clients.ts";
import { assert, assertEquals } from "./assert.ts";

const fixtures = await import(`file://${Deno.env.get("FIXTURES")}/index.ts`);

Deno.test("a test user finds every row under its id, with its values", async () => {
  const supabase = await signedIn("admin@test.local");
  const tables = [
    ["organizations", fixtures.organizations],
    ["contacts", fixtures.contacts],
    ["contact_organizations", fixtures.contactOrganizations],
    ["products", fixtures.products],
    ["opportunities", fixtures.opportunities],
    ["activities", fixtures.activities],
    ["contact_notes", fixtures.contactNotes],
    ["opportunity_notes", fixtures.opportunityNotes],
    ["tasks", fixtures.tasks],
  ];
  for (const [table, rows] of tables) {
    assert(rows.length > 0, `rows of ${table}`);
    const ids = rows.slice(0, 50).map(({ id }: { id: string }) => id);
    const { data, error } = await supabase.from(table).select("*").in("id", ids).order("id");
    assertEquals(error, null);
    const expected = rows.slice(0, 50).toSorted((a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1);
    assertEquals(data, expected);
  }
});

Deno.test("rows come in turn, each a copy with what was asked for", () => {
  const [first, second] = [fixtures.makeContact(), fixtures.makeContact({ first_name: "Ada" })];
  assertEquals(first, fixtures.contacts[0]);
  assertEquals(second, { ...fixtures.contacts[1], first_name: "Ada" });
  first.email[0].email = "changed";
  assert(fixtures.contacts[0].email[0].email !== "changed", "the row itself stays");
});
