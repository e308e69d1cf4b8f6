// Users: POST makes one, PATCH changes one. For administrators and the service key; people may change themselves.
import { credential, failure, json, jsonObject, preflight, Refusal } from "../_shared/http.ts";
import type { AccountChange, Caller, Directory, Profile, ProfileChange } from "./directory.ts";
import { administratorOf, type Fields, OWN_FIELDS, readFields, readSubject } from "./fields.ts";

const BODY_LIMIT = 16 * 1024;

/** Answers one request; whatever goes wrong becomes an answer too. */
export async function handle(request: Request, directory: Directory): Promise<Response> {
  try {
    switch (request.method) {
      case "OPTIONS":
        return preflight();
      case "POST":
        return await create(request, directory);
      case "PATCH":
        return await change(request, directory);
      default:
        throw new Refusal(405, "method_not_allowed", "POST makes a user, PATCH changes one");
    }
  } catch (error) {
    return failure(error);
  }
}

async function create(request: Request, directory: Directory): Promise<Response> {
  const caller = await enabledCaller(request, directory);
  if (!mayManage(caller)) throw new Refusal(403, "not_admin", "Only an administrator can make users");
  const body = await jsonObject(request, BODY_LIMIT);
  const fields = readFields(body, ["email", "password", "first_name", "last_name"]);
  const { email, password, role = "account_manager" } = fields;

  const account = { ...accountChange({ ...fields, role }), email: email!, password: password! };
  const userId = await directory.createAccount(account);
  try {
    const profile = await directory.changeProfile(userId, profileChange({ ...fields, role }));
    return json(201, { data: profile });
  } catch (error) {
    // An account without its rights is worse than none.
    await directory.removeAccount(userId).catch((left) =>
      console.error(`account ${userId} is left over:`, left)
    );
    throw error;
  }
}

async function change(request: Request, directory: Directory): Promise<Response> {
  const caller = await enabledCaller(request, directory);
  const body = await jsonObject(request, BODY_LIMIT);
  const subject = readSubject(body);
  const fields = readFields(body);
  const before = await subjectProfile(subject, caller, directory);
  requireRight(caller, before, fields);
  // Auth answers a taken address with an error of its own, not a refusal.
  const { email } = fields;
  if (email && email !== before.email && await directory.profile({ email })) {
    throw new Refusal(409, "email_exists", "A user with this email address has already been registered", [
      "email",
    ]);
  }

  // Rights first, so that whoever loses them does so at once; put back if Auth refuses the rest.
  let profile = await directory.changeProfile(before.user_id, profileChange(fields));
  const account = accountChange(fields);
  if (Object.keys(account).length > 0) {
    try {
      await directory.changeAccount(before.user_id, account);
    } catch (error) {
      await directory.changeProfile(before.user_id, profileChange(before));
      throw error;
    }
    profile = await directory.profile({ user_id: before.user_id }) ?? profile;
  }
  return json(200, { data: profile });
}

async function enabledCaller(request: Request, directory: Directory): Promise<Caller> {
  const caller = await directory.caller(credential(request));
  if (caller.kind === "person" && caller.profile.disabled) {
    throw new Refusal(403, "user_disabled", "This user is disabled");
  }
  return caller;
}

function mayManage(caller: Caller): boolean {
  return caller.kind === "service" || caller.profile.administrator || caller.profile.role === "admin";
}

async function subjectProfile(
  { user_id, sales_id }: { user_id?: string; sales_id?: number },
  caller: Caller,
  directory: Directory,
): Promise<Profile> {
  const named = user_id ? { user_id } : sales_id ? { sales_id } : null;
  if (!named) {
    if (caller.kind === "person") return caller.profile;
    throw new Refusal(400, "validation_failed", "The service key must name a user", ["user_id", "sales_id"]);
  }
  const profile = await directory.profile(named);
  if (profile) return profile;
  // Those who may not manage users do not learn which ones there are.
  if (!mayManage(caller)) throw new Refusal(403, "not_admin", "Only an administrator can change other users");
  throw new Refusal(404, "user_not_found", "There is no such user");
}

function requireRight(caller: Caller, subject: Profile, fields: Fields) {
  const isOneself = caller.kind === "person" && caller.profile.user_id === subject.user_id;
  if (!mayManage(caller)) {
    if (!isOneself) throw new Refusal(403, "not_admin", "Only an administrator can change other users");
    const given = Object.keys(fields) as (keyof Fields)[];
    const refused = given.filter((name) => !OWN_FIELDS.includes(name));
    if (refused.length > 0) {
      throw new Refusal(403, "not_admin", `Only an administrator can change ${refused.join(", ")}`, refused);
    }
  } else if (isOneself && (fields.disabled || administratorOf(fields) === false)) {
    throw new Refusal(422, "own_rights", "Administrators cannot take their own rights away; ask another one");
  }
}

/** The part of the fields that Auth keeps. */
function accountChange(fields: Fields): AccountChange {
  const { email, password, first_name, last_name, role, disabled } = fields;
  const names = {
    ...(first_name !== undefined && { first_name }),
    ...(last_name !== undefined && { last_name }),
  };
  return {
    ...(email !== undefined && { email }),
    ...(password !== undefined && { password }),
    ...(Object.keys(names).length > 0 && { user_metadata: names }),
    ...(role !== undefined && { app_metadata: { role } }),
    ...(disabled !== undefined && { banned: disabled }),
  };
}

/** The part of the fields that `sales` keeps. */
function profileChange(fields: Fields | Profile): ProfileChange {
  const { first_name, last_name, role, disabled, avatar } = fields;
  const administrator = administratorOf(fields);
  const change = { first_name, last_name, role, administrator, disabled, avatar };
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
