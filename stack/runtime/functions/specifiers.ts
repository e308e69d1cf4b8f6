// Where an import leads to here: the npm twin of what the real runtime fetches from elsewhere.

const shim = (name: string) => new URL(`./shims/${name}`, import.meta.url).href;

/** Packages of jsr.io that npm has under the same or another name. */
const JSR_TWINS: [RegExp, string][] = [
  [/^@supabase\//, "@supabase/"],
  [/^@panva\/jose\b/, "jose"],
  [/^@hono\/hono\b/, "hono"],
  [/^@zod\/zod\b/, "zod"],
];

const VERSION = "(?:@[^/]+)?";
const SHIMS: [RegExp, string][] = [
  [/^(jsr:|npm:|https:).*\.d\.ts$/, "empty.ts"],
  [
    new RegExp(`^https://deno\\.land/std${VERSION}/http/(server|mod)\\.ts$`),
    "std_http_server.ts",
  ],
  [
    new RegExp(`^https://deno\\.land/x/postgres${VERSION}/mod\\.ts$`),
    "deno_postgres.ts",
  ],
];

/** What a remote specifier becomes; any other stays. */
export function rewritten(specifier: string): string {
  for (const [pattern, name] of SHIMS) {
    if (pattern.test(specifier)) return shim(name);
  }
  const jsr = /^jsr:\/?(.+)$/.exec(specifier)?.[1];
  if (jsr !== undefined) {
    const twin = JSR_TWINS.find(([pattern]) => pattern.test(jsr));
    return twin ? "npm:" + jsr.replace(...twin) : specifier;
  }
  const esm =
    /^https:\/\/esm\.sh\/(?:v\d+\/|stable\/)?((?:@[^/]+\/)?[^/@?]+(?:@[^/?]+)?[^?]*)/
      .exec(specifier)?.[1];
  if (esm !== undefined && !/^(jsr|gh|pr)\//.test(esm)) return "npm:" + esm;
  return specifier.replace(/^npm:\//, "npm:");
}
