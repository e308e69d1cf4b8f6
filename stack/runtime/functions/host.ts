// Runs the functions: one port, one worker per function, started on its first request and anew when its files change.

import { denoConfig } from "./imports.ts";
import { FunctionError, FunctionWorker } from "./function_worker.ts";
import { dirname } from "./paths.ts";
import { MAP_CHANGED, Project } from "./project.ts";

const project = await Project.fromEnvironment();
const workers = new Map<string, Promise<FunctionWorker | undefined>>();

endWithStandardInput();
watch();
Deno.serve({
  hostname: "127.0.0.1",
  port: Number(Deno.env.get("SEEDBED_PORT")),
  onListen: () => console.log("functions are ready"),
}, serve);

async function serve(request: Request): Promise<Response> {
  const [, slug] = new URL(request.url).pathname.split("/");
  if (slug === "_health") {
    return Response.json({
      status: "ok",
      functions: (await project.functions()).map((one) => one.slug),
    });
  }
  try {
    const worker = await workerOf(decodeURIComponent(slug));
    return await worker?.answer(request) ??
      new Response("Function not found", { status: 404 });
  } catch (error) {
    if (error instanceof FunctionError) return error.response();
    console.error(error);
    return new FunctionError(
      500,
      "WORKER_ERROR",
      "unexpected error, see the log",
    ).response();
  }
}

/** The function's worker; calls that come while it is being started share it. */
async function workerOf(slug: string): Promise<FunctionWorker | undefined> {
  const known = workers.get(slug);
  const running = await known;
  if (running !== undefined && !running.ended) return running;
  if (workers.get(slug) !== known) return await workerOf(slug);
  const starting = start(slug);
  workers.set(slug, starting);
  const worker = await starting;
  if (worker === undefined) workers.delete(slug);
  return worker;
}

async function start(slug: string): Promise<FunctionWorker | undefined> {
  const source = await project.function(slug);
  return source && new FunctionWorker(source, await project.environment(slug));
}

/** Replaces the workers whose files change; all of them for a shared file; the whole process for an import. */
async function watch(): Promise<void> {
  const map = await Deno.readTextFile(Deno.env.get("SEEDBED_DENO_CONFIG")!);
  const changed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // The folder of functions may not be there yet.
  for await (const { kind, paths } of Deno.watchFs(dirname(project.folder))) {
    const own = paths.filter((path) => isIn(project.folder, path));
    if (kind === "access" || own.length === 0) continue;
    for (const path of own) changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const paths = [...changed];
      changed.clear();
      if (await denoConfig(project) !== map) Deno.exit(MAP_CHANGED);
      await reload(paths);
    }, 50);
  }
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

async function reload(paths: string[]): Promise<void> {
  const folders = (await project.functions()).map(({ folder }) => folder);
  const shared = paths.some((path) =>
    !folders.some((folder) => isIn(folder, path))
  );
  for (const [slug, starting] of workers) {
    const worker = await starting;
    if (worker === undefined) continue;
    const own = paths.some((path) => isIn(worker.source.folder, path));
    if (!own && !shared) continue;
    console.log(`[${slug}] changed`);
    workers.delete(slug);
    worker.retire();
  }
}

/** The parent holds the other end: when it is killed this process must not stay. */
async function endWithStandardInput(): Promise<void> {
  await Deno.stdin.readable.pipeTo(new WritableStream()).catch(() => {});
  Deno.exit(0);
}
