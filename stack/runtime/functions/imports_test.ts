import { deepEqual, equal, throws } from "node:assert/strict";
import { lookUp, parseJsonc } from "./import_maps.ts";
import { denoConfig, specifiersOf } from "./imports.ts";
import { installed, parsed, suits } from "./packages.ts";
import { Project } from "./project.ts";
import { rewritten } from "./specifiers.ts";

Deno.test("what other registries have comes from npm", () => {
  const cases = {
    "jsr:@supabase/supabase-js@2": "npm:@supabase/supabase-js@2",
    "jsr:@panva/jose@6": "npm:jose@6",
    "jsr:@std/path@1": "jsr:@std/path@1",
    "https://esm.sh/@supabase/supabase-js@2.39.3":
      "npm:@supabase/supabase-js@2.39.3",
    "https://esm.sh/v135/kysely@0.27.2/helpers/postgres?target=deno":
      "npm:kysely@0.27.2/helpers/postgres",
    "https://esm.sh/jsr/@std/path": "https://esm.sh/jsr/@std/path",
    "npm:/zod@3": "npm:zod@3",
    "https://deno.land/std@0.168.0/path/mod.ts":
      "https://deno.land/std@0.168.0/path/mod.ts",
  };
  for (const [from, to] of Object.entries(cases)) equal(rewritten(from), to);
});

Deno.test("types, std's server and deno.land's postgres have a shim", () => {
  const shim = (specifier: string) => rewritten(specifier).split("/shims/")[1];
  equal(shim("jsr:@supabase/functions-js/edge-runtime.d.ts"), "empty.ts");
  equal(
    shim("https://deno.land/std@0.168.0/http/server.ts"),
    "std_http_server.ts",
  );
  equal(
    shim("https://deno.land/x/postgres@v0.17.0/mod.ts"),
    "deno_postgres.ts",
  );
});

Deno.test("imports are found in every form", () => {
  const source = `
    import a from "a";
    import { b } from 'npm:b@1';
    import "side-effect";
    export * from "c";
    const d = await import("d");
    import near from "./near.ts";`;
  deepEqual([...specifiersOf(source)], [
    "a",
    "npm:b@1",
    "side-effect",
    "c",
    "d",
  ]);
});

Deno.test("an import map is read as Deno reads it", () => {
  const map = {
    "@/": "file:///f/",
    "@/x/": "file:///x/",
    "zod": "npm:zod@3",
    "plain": "https://x/plain.ts",
  };
  equal(lookUp(map, "@/x/a.ts"), "file:///x/a.ts");
  equal(lookUp(map, "@/b.ts"), "file:///f/b.ts");
  equal(lookUp(map, "zod/v4"), "npm:zod@3/v4");
  equal(lookUp(map, "zodiac"), undefined);
  equal(lookUp(map, "plain/sub"), undefined);
});

Deno.test("comments and trailing commas are left out, not those in texts", () => {
  deepEqual(
    parseJsonc('{ // a\n "u": "https://x", /* b */ "l": ["a,]", 1,], }'),
    { u: "https://x", l: ["a,]", 1] },
  );
  throws(() => parseJsonc("{,,}"), SyntaxError);
});

Deno.test("the installed version stands for its major version", () => {
  equal(suits("2.39.3", "2.119.1"), true);
  equal(suits("^2", "2.119.1"), true);
  equal(suits("", "2.119.1"), true);
  equal(suits("1.35.0", "2.119.1"), false);
  equal(suits("0.27.2", "0.28.0"), false);
  equal(suits("0", "0.28.0"), true);
});

Deno.test("an npm specifier has parts", () => {
  deepEqual(parsed("npm:@scope/name@^2/sub/path"), {
    name: "@scope/name",
    version: "^2",
    subpath: "/sub/path",
  });
  deepEqual(parsed("npm:pg"), { name: "pg", version: "", subpath: "" });
});

Deno.test("the workspace serves what it has", async () => {
  const modules = await installed([
    "npm:@supabase/supabase-js@2.39.3",
    "npm:@supabase/supabase-js@1",
    "npm:no-such-package@1",
  ]);
  deepEqual([...modules.keys()], ["npm:@supabase/supabase-js@2.39.3"]);
});

const made: string[] = [];
Deno.test.afterAll(async () => {
  for (const folder of made) await Deno.remove(folder, { recursive: true });
});

async function project(files: Record<string, string>): Promise<Project> {
  const root = await Deno.makeTempDir({ prefix: "seedbed imports " });
  made.push(root);
  for (const [name, text] of Object.entries(files)) {
    const path = `${root}/supabase/functions/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  return new Project(root, {
    env: { FROM: "stack", SUPABASE_URL: "u" },
    functions: {},
  });
}

Deno.test("a function's map holds for its own folder", async () => {
  const mine = await project({
    "one/deno.json": '{"imports":{"lib":"npm:@supabase/supabase-js@2"}}',
    "one/index.ts": 'import "lib"; import "lib/cors";',
    "two/index.ts": 'import "lib"; import "jsr:@panva/jose@6";',
    "_shared/db.ts": 'import "lib";',
  });
  const config = JSON.parse(await denoConfig(mine));
  const scopes = Object.entries<Record<string, string>>(config.scopes)
    .map(([scope, map]) => [scope.split("/functions/")[1], Object.keys(map)]);
  deepEqual(scopes, [["_shared/", ["lib"]], ["one/", ["lib", "lib/cors"]]]);
  deepEqual(Object.keys(config.imports), ["jsr:@panva/jose@6"]);
  equal(config.nodeModulesDir, "manual");
});

Deno.test("a package that the workspace lacks comes from Deno's cache", async () => {
  const mine = await project({
    "one/index.ts": 'import "npm:no-such-package@1";',
  });
  const config = JSON.parse(await denoConfig(mine));
  equal(config.nodeModulesDir, "none");
  deepEqual(config.imports, {
    "npm:no-such-package@1": "npm:no-such-package@1",
  });
});

Deno.test("a map that cannot be read does not take the others away", async () => {
  const mine = await project({
    "bad/deno.json": "{",
    "bad/index.ts": "",
    "good/deno.json": '{"imports":{"lib":"npm:pg@8"}}',
    "good/index.ts": "",
  });
  const { scopes } = JSON.parse(await denoConfig(mine));
  deepEqual(Object.keys(scopes).map((scope) => scope.split("/functions/")[1]), [
    "good/",
  ]);
});

Deno.test("a function sees its own variables over the shared ones, and the stack's SUPABASE_ ones", async () => {
  const mine = await project({
    ".env": "A=shared\nB=shared\nSUPABASE_URL=theirs\nHOME=/x\nFROM=file",
    "one/.env": "A=own",
  });
  deepEqual(await mine.environment("one"), {
    FROM: "file",
    SUPABASE_URL: "u",
    A: "own",
    B: "shared",
    SUPABASE_FUNCTION_SLUG: "one",
  });
});

Deno.test("folders with an entry point are functions", async () => {
  const mine = await project({
    "users/index.ts": "",
    "old/index.js": "",
    "_shared/index.ts": "",
    "empty/readme.md": "",
  });
  deepEqual((await mine.functions()).map(({ slug }) => slug), ["old", "users"]);
});
