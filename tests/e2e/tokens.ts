// Tokens that the stack did not give out: signed by somebody, or by nobody.

/** The JWT secret of every local stack that sets none of its own. */
export const LOCAL_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long";

export function base64url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Header and claims without a signature. */
export function unsigned(header: object, claims: object | string): string {
  const text = typeof claims === "string" ? claims : JSON.stringify(claims);
  return `${base64url(JSON.stringify(header))}.${base64url(text)}.`;
}

/** A token signed with HS256; claims that are a text are signed as they are. */
export async function signed(
  claims: object | string,
  secret: string = LOCAL_SECRET,
  header: object = { alg: "HS256", typ: "JWT" },
): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const message = unsigned(header, claims).slice(0, -1);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(message)));
  return `${message}.${base64url(String.fromCharCode(...signature))}`;
}
