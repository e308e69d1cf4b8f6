// What the function asks of the world: Auth for the accounts, `sales` for the people.
import type { Role } from "./fields.ts";

/** A row of `sales`. */
export interface Profile {
  id: number;
  user_id: string;
  email: string | null;
  first_name: string;
  last_name: string;
  role: Role;
  administrator: boolean;
  disabled: boolean;
  avatar: string | null;
}

/** The part of a profile that is written here; e-mail and names come from Auth by a trigger. */
export type ProfileChange = Partial<
  Pick<Profile, "first_name" | "last_name" | "role" | "administrator" | "disabled" | "avatar">
>;

/** What Auth is told about an account. */
export interface AccountChange {
  email?: string;
  password?: string;
  user_metadata?: { first_name?: string; last_name?: string };
  app_metadata?: { role: Role };
  banned?: boolean;
}

/** Whose profile. */
export type Subject = { user_id: string } | { sales_id: number } | { email: string };

/** Who is asking. */
export type Caller = { kind: "service" } | { kind: "person"; profile: Profile };

export interface Directory {
  /** Whose token it is; refuses with 401 a token that is nobody's, with 403 a person without a profile. */
  caller(token: string): Promise<Caller>;
  /** Makes a confirmed account, and so, by trigger, its profile; gives the user's id. */
  createAccount(account: AccountChange & { email: string; password: string }): Promise<string>;
  changeAccount(userId: string, change: AccountChange): Promise<void>;
  removeAccount(userId: string): Promise<void>;
  profile(of: Subject): Promise<Profile | null>;
  changeProfile(userId: string, change: ProfileChange): Promise<Profile>;
}
