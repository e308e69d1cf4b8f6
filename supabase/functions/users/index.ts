import { handle } from "./handler.ts";
import { SupabaseDirectory } from "./supabase_directory.ts";

function required(name: string): string {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`the environment lacks ${name}`);
  return value;
}

const directory = new SupabaseDirectory(required("SUPABASE_URL"), required("SUPABASE_SERVICE_ROLE_KEY"));

Deno.serve((request) => handle(request, directory));
