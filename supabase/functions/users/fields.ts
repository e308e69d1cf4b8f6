// The fields of a request, checked.
import { Refusal } from "../_shared/http.ts";

export const ROLES = ["admin", "sales_director", "account_manager"] as const;
export type Role = (typeof ROLES)[number];

/** What can be said about a user. Absent: leave as it is. */
export interface Fields {
  email?: string;
  password?: string;
  first_name?: string;
  last_name?: string;
  avatar?: string | null;
  role?: Role;
  administrator?: boolean;
  disabled?: boolean;
}

/** Fields that people change about themselves; all others take an administrator. */
export const OWN_FIELDS: readonly (keyof Fields)[] = ["password", "first_name", "last_name", "avatar"];

/** `minimum_password_length` of `config.toml`: Auth does not check it when an account is made. */
const PASSWORD_LENGTH = 8;
/** bcrypt looks at no more than this. */
const PASSWORD_BYTES = 72;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Check = { says: string; holds: (value: unknown) => boolean };

const text = (limit: number) => (value: unknown) => typeof value === "string" && value.length <= limit;
const name: Check = {
  says: "a text of 1 to 200 characters",
  holds: (v) => text(200)(v) && (v as string).trim() !== "",
};
const flag: Check = { says: "true or false", holds: (v) => typeof v === "boolean" };

const CHECKS: Record<keyof Fields, Check> = {
  email: {
    says: "an e-mail address",
    holds: (v) => text(255)(v) && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test((v as string).trim()),
  },
  password: {
    says: `${PASSWORD_LENGTH} characters to ${PASSWORD_BYTES} bytes long`,
    holds: (v) =>
      typeof v === "string" && v.length >= PASSWORD_LENGTH &&
      new TextEncoder().encode(v).length <= PASSWORD_BYTES,
  },
  first_name: name,
  last_name: name,
  avatar: { says: "an address, or null", holds: (v) => v === null || text(2000)(v) },
  role: { says: `one of ${ROLES.join(", ")}`, holds: (v) => (ROLES as readonly unknown[]).includes(v) },
  administrator: flag,
  disabled: flag,
};

/** Reads the fields that are there; `required` ones must be. All that is wrong is named at once. */
export function readFields(body: Record<string, unknown>, required: (keyof Fields)[] = []): Fields {
  const names = Object.keys(CHECKS) as (keyof Fields)[];
  const given = names.filter((name) => body[name] !== undefined);
  const wrong = names.filter((name) =>
    given.includes(name) ? !CHECKS[name].holds(body[name]) : required.includes(name)
  );
  if (wrong.length > 0) {
    const message = wrong.map((name) => `${name} must be ${CHECKS[name].says}`).join("; ");
    throw new Refusal(400, "validation_failed", message, wrong);
  }
  const fields: Fields = Object.fromEntries(given.map((name) => [name, body[name]]));
  if (fields.email) fields.email = fields.email.trim().toLowerCase();
  if (fields.first_name) fields.first_name = fields.first_name.trim();
  if (fields.last_name) fields.last_name = fields.last_name.trim();
  return fields;
}

/** A role says who is an administrator, unless the request does. */
export function administratorOf(
  { role, administrator }: Pick<Fields, "role" | "administrator">,
): boolean | undefined {
  return administrator ?? (role && role === "admin");
}

/** Whom a PATCH is about: `user_id`, `sales_id`, or nobody named. */
export function readSubject(body: Record<string, unknown>): { user_id?: string; sales_id?: number } {
  const { user_id, sales_id } = body;
  if (user_id !== undefined && !(typeof user_id === "string" && UUID.test(user_id))) {
    throw new Refusal(400, "validation_failed", "user_id must be a UUID", ["user_id"]);
  }
  if (sales_id !== undefined && !(Number.isSafeInteger(sales_id) && (sales_id as number) > 0)) {
    throw new Refusal(400, "validation_failed", "sales_id must be a positive whole number", ["sales_id"]);
  }
  if (user_id !== undefined && sales_id !== undefined) {
    throw new Refusal(400, "validation_failed", "Name the user by user_id or by sales_id", [
      "user_id",
      "sales_id",
    ]);
  }
  return { user_id: user_id?.toLowerCase(), sales_id: sales_id as number | undefined };
}
