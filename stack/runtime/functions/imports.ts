// One Deno configuration for all functions of a project, made of their own import maps and of what they import.
//
// A function's map holds for the files of its folder (an import map's scope), all maps together for what lies beside
// the functions. What the real runtime fetches from jsr.io, esm.sh and deno.land comes from npm, where it is the same.

import {
  configIn,
  configOf,
  type DenoConfig,
  type Imports,
  lookUp,
  mapped,
} from "./import_maps.ts";
import { installed } from "./packages.ts";
import { dirname, exists, join, textOf, toFileUrl } from "./paths.ts";
import type { EdgeFunction, Project } from "./project.ts";
import { rewritten } from "./specifiers.ts";

const IGNORED = /^(node_modules|\..*)$/;
const SOURCE = /\.(ts|tsx|mts|js|jsx|mjs)$/;
const REMOTE = /^(npm:|jsr:|https?:)/;
const SPECIFIERS = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])(?!\.)([^"'\n]+)\1/g;
/** The options that change what a module is compiled to; the others only matter to a type check. */
const COMPILER_OPTIONS = /^(jsx\w*|experimentalDecorators)$/;
/** What the shims import. */
const SHIM_IMPORTS: Imports = { "seedbed-pg": "npm:pg@8" };

/** The text of the configuration; equal texts mean that nothing has changed. */
export async function denoConfig(project: Project): Promise<string> {
  const functions = await project.functions();
  const shared = await configIn(project.folder);
  const configs = await Promise.all(
    functions.map((one) => configFor(one, shared)),
  );

  const map = new ImportMap();
  const all = [...configs, shared].map(({ imports }) => imports);
  for (const path of await besides(project.folder, functions)) {
    await map.add(path, Object.assign({}, ...all));
  }
  for (const [index, one] of functions.entries()) {
    await map.add(homeOf(one), configs[index].imports ?? {});
  }

  const options = configs.flatMap(({ compilerOptions = {} }) =>
    Object.entries(compilerOptions).filter(([name]) =>
      COMPILER_OPTIONS.test(name)
    )
  );
  const compilerOptions = Object.fromEntries(options);
  return JSON.stringify({ compilerOptions, ...await map.settled() }, null, 2);
}

async function configFor(
  { importMap, folder }: EdgeFunction,
  shared: DenoConfig,
): Promise<DenoConfig> {
  const own = importMap ? await configOf(importMap) : await configIn(folder);
  return { ...shared, ...own, imports: { ...shared.imports, ...own.imports } };
}

/** The folder whose files a function's map is for. */
function homeOf({ folder, entrypoint }: EdgeFunction): string {
  const inside = entrypoint.startsWith(`${folder}/`);
  return `${inside ? folder : dirname(entrypoint)}/`;
}

class ImportMap {
  /** Where `npm:`, `jsr:` and `https:` lead to, whichever file names them. */
  readonly #remote: Imports = {};
  readonly #scopes: Record<string, Imports> = {};

  /** Adds a map that holds for a file or for all below a folder, and what those import. */
  async add(path: string, imports: Imports): Promise<void> {
    const scope = mapped(imports, rewritten);
    for (const specifier of [...await specifiersIn(path)].sort()) {
      const target = lookUp(imports, specifier);
      if (target !== undefined) scope[specifier] = rewritten(target);
      else if (REMOTE.test(specifier)) {
        this.#remote[specifier] = rewritten(specifier);
      }
    }
    if (Object.keys(scope).length > 0) this.#scopes[toFileUrl(path)] = scope;
  }

  /** The map, with the workspace's packages where they are all that it needs; Deno's own cache otherwise. */
  async settled() {
    const targets = [this.#remote, ...Object.values(this.#scopes)]
      .flatMap((imports) => Object.values(imports));
    const shimmed = targets.some((target) => target.endsWith("_postgres.ts"));
    const imports = { ...this.#remote, ...(shimmed ? SHIM_IMPORTS : {}) };
    const wanted = [...targets, ...Object.values(imports)]
      .filter((target) => target.startsWith("npm:"));
    const packages = await installed(wanted);
    const offline = wanted.every((target) => packages.has(target));
    const local = (some: Imports) =>
      mapped(some, (target) => offline && packages.get(target) || target);
    return {
      nodeModulesDir: offline ? "manual" : "none",
      imports: local(imports),
      scopes: Object.fromEntries(
        Object.entries(this.#scopes).map(([path, some]) => [path, local(some)]),
      ),
    };
  }
}

/** What lies beside the functions: folders such as `_shared/`, and files. */
async function besides(
  folder: string,
  functions: EdgeFunction[],
): Promise<string[]> {
  const own = new Set(functions.map((one) => one.folder));
  const found: string[] = [];
  if (!await exists(folder)) return found;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory && !own.has(path) && !IGNORED.test(name)) {
      found.push(`${path}/`);
    } else if (!isDirectory && SOURCE.test(name)) found.push(path);
  }
  return found.sort();
}

/** What a source file imports, or all that lie below a folder. */
async function specifiersIn(path: string): Promise<Set<string>> {
  const found = new Set<string>();
  if (SOURCE.test(path)) return specifiersOf(await textOf(path) ?? "");
  if (!await exists(path)) return found;
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory ? IGNORED.test(name) : !SOURCE.test(name)) continue;
    for (const specifier of await specifiersIn(join(path, name))) {
      found.add(specifier);
    }
  }
  return found;
}

/** What a source text imports, but for its neighbours. */
export function specifiersOf(source: string): Set<string> {
  return new Set([...source.matchAll(SPECIFIERS)].map((match) => match[2]));
}
