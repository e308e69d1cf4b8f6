// Edge Functions of the embedded stack: every function of `supabase/functions` behind one port.
//
//   deno run --no-prompt --cached-only --no-remote --allow-env --allow-read --allow-run \
//     --allow-write=<folder of $SEEDBED_FUNCTIONS_CONFIG> stack/runtime/functions.ts
//
//   SEEDBED_PORT              listens on 127.0.0.1: `/<slug>/…` and `GET /_health`
//   SEEDBED_PROJECT           the folder that has `supabase/functions` in it
//   SEEDBED_FUNCTIONS_CONFIG  JSON, mode 0600: {"env": {…}, "functions": {slug: {entrypoint, import_map, enabled}}}
//   DENO_DIR or HOME          where Deno keeps npm packages that a function imports and the workspace lacks
//   DENO_TLS_CA_STORE         `system,mozilla`, for a registry behind a TLS proxy
//
// A worker cannot have an import map of its own, and a process has the one it was started with. So this process only
// writes one map for all functions and runs `functions/host.ts` under it, again and again as long as the host exits
// because the map changed. The host ends when its standard input does: kill this process and both are gone.

import { dirname, fromFileUrl } from "./functions/paths.ts";
import { denoConfig } from "./functions/imports.ts";
import { MAP_CHANGED, Project } from "./functions/project.ts";

const project = await Project.fromEnvironment();
const host = fromFileUrl(new URL("./functions/host.ts", import.meta.url));
const runtime = dirname(host);
const mapFile = `${
  dirname(Deno.env.get("SEEDBED_FUNCTIONS_CONFIG")!)
}/functions.deno.json`;

for (;;) {
  const config = await denoConfig(project);
  await Deno.writeTextFile(mapFile, config);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      "--unstable-no-legacy-abort",
      "--config",
      mapFile,
      "--allow-net",
      "--allow-env",
      "--allow-sys",
      "--allow-read",
      "--allow-write=/tmp",
      "--allow-import",
      host,
    ],
    env: {
      DENO_NO_PACKAGE_JSON: "1",
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      SEEDBED_DENO_CONFIG: mapFile,
    },
    cwd: runtime,
    stdin: "piped",
  }).spawn();
  const { code } = await child.status;
  if (code !== MAP_CHANGED) Deno.exit(code);
}
