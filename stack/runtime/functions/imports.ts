// One Deno configuration for all functions of a project, made of their own import maps and of what they import.
//
// Each function's map holds for the files of its folder (an import map's scope), their union for the shared files.
// What the real runtime fetches from jsr.io, esm.sh and deno.land comes from npm here, where it is the same.

import type { EdgeFunction, Project } from "./project.ts";
import {
  exists,
  fromFileUrl,
  join,
  resolve,
  textOf,
  toFileUrl,
} from "./paths.ts";
import { installed } from "./packages.ts";
import { rewritten } from "./specifiers.ts";

type Imports = Record<string, string>;

interface DenoConfig {
  imports?: Imports;
  importMap?: string;
  compilerOptions?: Record<string, unknown>;
}

const CONFIGS = ["deno.json", "deno.jsonc", "import_map.json"];
const SOURCE = /\.(ts|tsx|mts|js|jsx|mjs)$/;
const SPECIFIERS = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\1/g;
/** The options that change what a module is compiled to; the others only matter to a type check. */
const COMPILER_OPTIONS = [
  "jsx",
  "jsxImportSource",
  "jsxFactory",
  "jsxFragmentFactory",
  "experimentalDecorators",
];

/** The text of the configuration; equal texts mean that nothing has changed. */
export async function denoConfig(project: Project): Promise<string> {
  const functions = await project.functions();
  const shared = await configIn(project.folder);
  const configs = new Map<EdgeFunction, DenoConfig>();
  for (const one of functions) {
    const own = one.importMap
      ? await read(one.importMap)
      : await configIn(one.folder);
    configs.set(one, {
      ...shared,
      ...own,
      imports: { ...shared.imports, ...own.imports },
    });
  }
  const everything: Imports = Object.assign(
    {},
    ...[...configs.values()].map(({ imports }) => imports),
    shared.imports,
  );

  const scopes: Record<string, Imports> = {
    [toFileUrl(project.folder) + "/"]: targets(
      everything,
      await specifiersIn(project.folder),
    ),
  };
  for (const [{ folder, entrypoint }, { imports = {} }] of configs) {
    const home = entrypoint.startsWith(folder + "/")
      ? folder
      : resolve(entrypoint, "..");
    scopes[toFileUrl(home) + "/"] = targets(imports, await specifiersIn(home));
  }

  const runtime = { pg: "npm:pg@8" };
  const wanted = [
    ...Object.values(runtime),
    ...Object.values(scopes).flatMap(Object.values),
  ];
  const packages = await installed(
    wanted.filter((target) => target.startsWith("npm:")),
  );
  const usesShim = wanted.some((target) =>
    target.endsWith("/shims/deno_postgres.ts")
  );
  const offline = wanted.every((target) =>
    !target.startsWith("npm:") || packages.has(target)
  );
  const local = (imports: Imports) =>
    offline
      ? mapped(imports, (target) => packages.get(target) ?? target)
      : imports;
  return JSON.stringify(
    {
      nodeModulesDir: offline ? "manual" : "none",
      compilerOptions: compilerOptions([...configs.values()]),
      imports: usesShim ? local(runtime) : {},
      scopes: Object.fromEntries(
        Object.entries(scopes).map((
          [scope, imports],
        ) => [scope, local(imports)]),
      ),
    },
    null,
    2,
  );
}

/** A map's own entries, and where each specifier that the files use leads to. */
export function targets(
  imports: Imports,
  specifiers: Iterable<string>,
): Imports {
  const all = mapped(imports, rewritten);
  for (const specifier of specifiers) {
    const target = lookUp(imports, specifier);
    if (target !== undefined) all[specifier] = rewritten(target);
  }
  return all;
}

/** What an import map makes of a specifier; nothing for a relative or unknown one. */
function lookUp(imports: Imports, specifier: string): string | undefined {
  if (specifier in imports) return imports[specifier];
  const prefixes = Object.keys(imports).filter((key) => {
    // Deno lets `npm:` and `jsr:` entries stand for their subpaths too.
    const folder = key.endsWith("/") ||
      /^(npm|jsr):/.test(imports[key]) && specifier[key.length] === "/";
    return folder && specifier.startsWith(key);
  });
  const prefix = prefixes.sort((a, b) => b.length - a.length)[0];
  if (prefix !== undefined) {
    return imports[prefix] + specifier.slice(prefix.length);
  }
  return /^(npm:|jsr:|https?:)/.test(specifier) ? specifier : undefined;
}

function mapped(imports: Imports, change: (target: string) => string): Imports {
  return Object.fromEntries(
    Object.entries(imports).map(([key, target]) => [key, change(target)]),
  );
}

async function configIn(folder: string): Promise<DenoConfig> {
  const found: DenoConfig = {};
  for (const name of CONFIGS) {
    const path = join(folder, name);
    if (!await exists(path)) continue;
    const config = await readable(path);
    const imports = { ...config.imports, ...found.imports };
    Object.assign(found, { ...config, ...found, imports });
  }
  return found;
}

/** A map that cannot be read is said in the log, and only its own function fails. */
async function readable(path: string): Promise<DenoConfig> {
  try {
    return await read(path);
  } catch (error) {
    console.error(`\`${path}\`: ${(error as Error).message}`);
    return {};
  }
}

async function read(path: string): Promise<DenoConfig> {
  const config: DenoConfig = parseJsonc(await Deno.readTextFile(path));
  const base = toFileUrl(path);
  const imports = mapped(
    config.imports ?? {},
    (target) => /^\.{0,2}\//.test(target) ? new URL(target, base).href : target,
  );
  const more = config.importMap
    ? await read(fromFileUrl(new URL(config.importMap, base)))
    : {};
  return { ...config, imports: { ...more.imports, ...imports } };
}

/** JSON with comments and trailing commas, as `deno.jsonc` is. */
export function parseJsonc<T>(text: string): T {
  const bare = text
    .replace(
      /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
      (_, string) => string ?? "",
    )
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string) => string ?? "");
  return JSON.parse(bare);
}

/** What the source files below a folder import. */
async function specifiersIn(folder: string): Promise<Set<string>> {
  const found = new Set<string>();
  if (!await exists(folder)) return found;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) {
      if (name === "node_modules" || name.startsWith(".")) continue;
      for (const specifier of await specifiersIn(path)) found.add(specifier);
    } else if (SOURCE.test(name)) {
      for (const specifier of specifiersOf(await textOf(path) ?? "")) {
        found.add(specifier);
      }
    }
  }
  return found;
}

export function specifiersOf(source: string): string[] {
  return [...source.matchAll(SPECIFIERS)].map((match) => match[2]).filter((
    specifier,
  ) => !specifier.startsWith("."));
}

function compilerOptions(configs: DenoConfig[]): Record<string, unknown> {
  const options = Object.assign(
    {},
    ...configs.map((config) => config.compilerOptions ?? {}),
  );
  return Object.fromEntries(
    COMPILER_OPTIONS.filter((name) => name in options).map((
      name,
    ) => [name, options[name]]),
  );
}
