// Import maps as people write them: `deno.json`, `deno.jsonc`, `import_map.json`.

import { exists, fromFileUrl, join, toFileUrl } from "./paths.ts";

export type Imports = Record<string, string>;

export interface DenoConfig {
  imports?: Imports;
  importMap?: string;
  compilerOptions?: Record<string, unknown>;
}

const NAMES = ["deno.json", "deno.jsonc", "import_map.json"];

/** The configuration files of a folder as one. */
export async function configIn(folder: string): Promise<DenoConfig> {
  const found: DenoConfig = {};
  for (const name of NAMES) {
    const path = join(folder, name);
    if (!await exists(path)) continue;
    const config = await configOf(path);
    const imports = { ...config.imports, ...found.imports };
    Object.assign(found, { ...config, ...found, imports });
  }
  return found;
}

/**
 * A configuration file; one that cannot be read is named in the log, and only
 * the function that needs it fails.
 */
export async function configOf(path: string): Promise<DenoConfig> {
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

/** JSON with comments and trailing commas. */
export function parseJsonc<T>(text: string): T {
  const string = String.raw`("(?:\\.|[^"\\])*")`;
  const comment = new RegExp(`${string}|//[^\\n]*|/\\*[\\s\\S]*?\\*/`, "g");
  const comma = new RegExp(`${string}|,(?=\\s*[}\\]])`, "g");
  const kept = (_: string, string?: string) => string ?? "";
  return JSON.parse(text.replace(comment, kept).replace(comma, kept));
}

/** What an import map makes of a specifier; nothing for one that it does not know. */
export function lookUp(
  imports: Imports,
  specifier: string,
): string | undefined {
  if (specifier in imports) return imports[specifier];
  const prefixes = Object.keys(imports).filter((key) => {
    // Deno lets `npm:` and `jsr:` entries stand for their subpaths too.
    const spans = /^(npm|jsr):/.test(imports[key]) &&
      specifier[key.length] === "/";
    return (key.endsWith("/") || spans) && specifier.startsWith(key);
  });
  const [longest] = prefixes.sort((a, b) => b.length - a.length);
  if (longest === undefined) return undefined;
  return imports[longest] + specifier.slice(longest.length);
}

export function mapped(
  imports: Imports,
  change: (target: string) => string,
): Imports {
  const entries = Object.entries(imports);
  return Object.fromEntries(
    entries.map(([key, target]) => [key, change(target)]),
  );
}
