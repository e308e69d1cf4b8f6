// npm packages that the workspace has already, so that functions which need no others start without a network.

import { textOf } from "./paths.ts";
import { fromFileUrl } from "./paths.ts";

interface NpmSpecifier {
  name: string;
  version: string;
  subpath: string;
}

/** `npm:@scope/name@^2/sub` in its parts. */
export function parsed(specifier: string): NpmSpecifier {
  const [, name, version = "", subpath = ""] =
    /^npm:((?:@[^/]+\/)?[^/@]+)(?:@([^/]+))?(\/.*)?$/.exec(specifier) ?? [];
  return { name, version, subpath };
}

/**
 * Whether an installed version will do for a wanted one. The pinned one stands for all of its major version (of its
 * minor version below 1.0): functions name many exact versions of supabase-js, and mean any.
 */
export function suits(wanted: string, have: string): boolean {
  const [major, minor] = /^[\^~=v]*(\d+)(?:\.(\d+))?/.exec(wanted)?.slice(1) ??
    [];
  const [haveMajor, haveMinor] = have.split(".");
  if (major === undefined) return true;
  return major === haveMajor &&
    (major !== "0" || minor === undefined || minor === haveMinor);
}

/** The modules of those specifiers that the workspace can serve. */
export async function installed(
  specifiers: string[],
): Promise<Map<string, string>> {
  const modules = new Map<string, string>();
  for (const specifier of new Set(specifiers)) {
    const { name, version, subpath } = parsed(specifier);
    if (name === undefined) continue;
    const module = resolved(name + subpath);
    const home = module?.match(new RegExp(`^.*/node_modules/${name}/`))?.[0];
    if (module === undefined || home === undefined) continue;
    const manifest = await textOf(fromFileUrl(`${home}package.json`));
    if (
      manifest !== undefined && suits(version, JSON.parse(manifest).version)
    ) modules.set(specifier, module);
  }
  return modules;
}

function resolved(name: string): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}
