// The functions of a project: where they are and what environment each one sees.

import { parseEnv } from "node:util";
import { exists, join, textOf } from "./paths.ts";

/** The exit code of a host that must be started again under a new import map. */
export const MAP_CHANGED = 75;

interface FunctionConfig {
  entrypoint?: string | null;
  import_map?: string | null;
  enabled?: boolean;
}

interface FunctionsConfig {
  env: Record<string, string>;
  functions: Record<string, FunctionConfig>;
}

export interface EdgeFunction {
  slug: string;
  entrypoint: string;
  /** The folder whose files are the function's own. */
  folder: string;
  /** The import map that `config.toml` names. */
  importMap?: string;
}

const ENTRYPOINTS = [
  "index.ts",
  "index.tsx",
  "index.mts",
  "index.js",
  "index.jsx",
  "index.mjs",
];
/** What the real runtime hides, whoever sets it. */
const HIDDEN = new Set(["HOME", "HOSTNAME", "PATH", "PWD"]);

export class Project {
  /** `supabase/functions`. */
  readonly folder: string;

  constructor(readonly root: string, private readonly config: FunctionsConfig) {
    this.folder = join(root, "supabase/functions");
  }

  static async fromEnvironment(): Promise<Project> {
    const config = JSON.parse(
      await Deno.readTextFile(required("SEEDBED_FUNCTIONS_CONFIG")),
    );
    // A watcher names files by their real path.
    const root = await Deno.realPath(required("SEEDBED_PROJECT"));
    return new Project(root, { env: {}, functions: {}, ...config });
  }

  async functions(): Promise<EdgeFunction[]> {
    const slugs = new Set(Object.keys(this.config.functions));
    if (await exists(this.folder)) {
      for await (const entry of Deno.readDir(this.folder)) {
        if (!entry.isFile) slugs.add(entry.name);
      }
    }
    const found = await Promise.all(
      [...slugs].sort().map((slug) => this.function(slug)),
    );
    return found.filter((one) => one !== undefined);
  }

  async function(slug: string): Promise<EdgeFunction | undefined> {
    const config = this.config.functions[slug] ?? {};
    if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(slug) || config.enabled === false) {
      return undefined;
    }
    const folder = join(this.folder, slug);
    const named = config.entrypoint ? [this.#named(config.entrypoint)] : [];
    for (
      const entrypoint of [
        ...named,
        ...ENTRYPOINTS.map((name) => join(folder, name)),
      ]
    ) {
      if (!await exists(entrypoint)) continue;
      return {
        slug,
        entrypoint,
        folder,
        importMap: config.import_map
          ? this.#named(config.import_map)
          : undefined,
      };
    }
    return undefined;
  }

  /** What a function sees: the stack's variables, and the user's own where they are not the stack's to say. */
  async environment(slug: string): Promise<Record<string, string>> {
    const files = [join(this.folder, ".env"), join(this.folder, slug, ".env")];
    const texts = await Promise.all(files.map(textOf));
    const own = texts.flatMap((text) => Object.entries(parseEnv(text ?? "")))
      .filter(([name]) => !name.startsWith("SUPABASE_"));
    const all = [
      ...Object.entries(this.config.env),
      ...own,
      ["SUPABASE_FUNCTION_SLUG", slug],
    ];
    return Object.fromEntries(all.filter(([name]) => !HIDDEN.has(name)));
  }

  /** Paths in `config.toml` are relative to `supabase/`. */
  #named(path: string): string {
    return path.startsWith("/") ? path : join(this.root, "supabase", path);
  }
}

function required(name: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  console.error(`the functions service needs \`${name}\` in its environment`);
  Deno.exit(1);
}
