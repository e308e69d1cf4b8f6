// The directory as Supabase keeps it, reached with the service key.
import { type AuthError, createClient, type SupabaseClient } from "@supabase/supabase-js";
import { Refusal } from "../_shared/http.ts";
import type { AccountChange, Caller, Directory, Profile, ProfileChange, Subject } from "./directory.ts";

const COLUMNS = "id, user_id, email, first_name, last_name, role, administrator, disabled, avatar";
/** Auth knows no ban without an end: a hundred years. */
const FOREVER = "876000h";

export class SupabaseDirectory implements Directory {
  readonly #client: SupabaseClient;
  readonly #url: string;
  readonly #serviceKey: string;

  constructor(url: string, serviceKey: string) {
    const auth = { autoRefreshToken: false, persistSession: false };
    this.#client = createClient(url, serviceKey, { auth });
    this.#url = url;
    this.#serviceKey = serviceKey;
  }

  async caller(token: string): Promise<Caller> {
    if (token === this.#serviceKey) return { kind: "service" };
    if (token.startsWith("sb_") || roleClaim(token) === "service_role") {
      if (await this.#isTakenByAuthAdmin(token)) return { kind: "service" };
      throw new Refusal(401, "bad_jwt", "This key is not the service key of the project");
    }
    const { data, error } = await this.#client.auth.getUser(token);
    if (error) {
      if (error.code === "user_banned") throw new Refusal(403, "user_disabled", "This user is disabled");
      if (error.status && error.status < 500) throw new Refusal(401, "bad_jwt", "This token is nobody's");
      throw error;
    }
    const profile = await this.profile({ user_id: data.user.id });
    if (!profile) throw new Refusal(403, "no_profile", "This user has no row in sales");
    return { kind: "person", profile };
  }

  async createAccount(account: AccountChange & { email: string; password: string }): Promise<string> {
    const { data, error } = await this.#client.auth.admin.createUser({
      ...attributes(account),
      email_confirm: true,
    });
    if (error) throw refused(error);
    return data.user.id;
  }

  async changeAccount(userId: string, change: AccountChange): Promise<void> {
    const confirm = change.email === undefined ? {} : { email_confirm: true };
    const { error } = await this.#client.auth.admin.updateUserById(userId, {
      ...attributes(change),
      ...confirm,
    });
    if (error) throw refused(error);
  }

  async removeAccount(userId: string): Promise<void> {
    const { error } = await this.#client.auth.admin.deleteUser(userId);
    if (error) throw error;
  }

  async profile(of: Subject): Promise<Profile | null> {
    const [[name, value]] = Object.entries(of);
    const column = name === "sales_id" ? "id" : name;
    const rows = this.#client.from("sales").select(COLUMNS).eq(column, value).limit(1);
    const { data, error } = await rows.maybeSingle();
    if (error) throw error;
    return data;
  }

  async changeProfile(userId: string, change: ProfileChange): Promise<Profile> {
    const sales = this.#client.from("sales");
    // An empty change is a look: an UPDATE without columns is refused.
    const { data, error } = Object.keys(change).length === 0
      ? await sales.select(COLUMNS).eq("user_id", userId).single()
      : await sales.update(change).eq("user_id", userId).select(COLUMNS).single();
    if (error) throw error;
    return data;
  }

  /** The surest proof of a service key, whatever its form, is that Auth's admin API takes it. */
  async #isTakenByAuthAdmin(token: string): Promise<boolean> {
    const headers = { apikey: token, Authorization: `Bearer ${token}` };
    const answer = await fetch(`${this.#url}/auth/v1/admin/users?per_page=1`, { headers });
    await answer.body?.cancel();
    return answer.ok;
  }
}

function attributes({ banned, ...account }: AccountChange) {
  return banned === undefined ? account : { ...account, ban_duration: banned ? FOREVER : "none" };
}

/** What Auth refuses for the caller's fault is passed on; an e-mail in use is a conflict. */
function refused(error: AuthError): Error {
  const status = error.code === "email_exists" ? 409 : error.status ?? 500;
  if (status < 400 || status >= 500) return error;
  return new Refusal(status, error.code ?? "refused", error.message);
}

/** The role that a JWT claims, unverified: it only decides whom to ask about the token. */
function roleClaim(token: string): unknown {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)).role;
  } catch {
    return undefined;
  }
}
