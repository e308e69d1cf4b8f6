// Clients for the stack that the environment names.
import { createClient, type SupabaseClient } from "@supabase/supabase-js";

/** The test users' password. */
export const PASSWORD = "TestPass123!";

/** A client with the key of that variable and no session kept. */
export function client(key: string): SupabaseClient {
  const options = { auth: { autoRefreshToken: false, persistSession: false } };
  return createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get(key)!, options);
}

/** A client signed in with the test users' password. */
export async function signedIn(email: string, password = PASSWORD): Promise<SupabaseClient> {
  const supabase = client("SUPABASE_PUBLISHABLE_KEY");
  const { error } = await supabase.auth.signInWithPassword({ email, password });
  if (error) throw new Error(`sign in as ${email}: ${error.message}`);
  return supabase;
}
