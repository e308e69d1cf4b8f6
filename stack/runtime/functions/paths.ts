// Paths and file URLs; POSIX, as the platforms of the stack are.

import { fileURLToPath, pathToFileURL } from "node:url";
export { dirname, join, resolve } from "node:path/posix";

export const fromFileUrl = (url: URL | string): string => fileURLToPath(url);
export const toFileUrl = (path: string): string => pathToFileURL(path).href;

export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The text of a file, or nothing where there is none. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return undefined;
    throw error;
  }
}
