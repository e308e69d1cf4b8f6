// The first module of a function's worker: makes the worker look like the real runtime, then loads the function.

import process from "node:process";
import type {
  FromWorker,
  RequestMessage,
  ResponseMessage,
  Start,
  ToWorker,
} from "./protocol.ts";

type Handler = (
  request: Request,
  info: unknown,
) => Response | Promise<Response>;
interface ServeOptions {
  handler?: Handler;
  onError?: (error: unknown) => Response | Promise<Response>;
  onListen?: (address: unknown) => void;
}

const scope = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: (event: MessageEvent<ToWorker>) => void;
};
const ADDRESS = { transport: "tcp", hostname: "0.0.0.0", port: 9000 } as const;
/** How long a function may take to serve after its module is loaded. */
const SERVE_WITHIN_MS = 2000;

let handle: ((request: Request) => Promise<Response>) | undefined;

scope.onmessage = ({ data }) => {
  if (data.type === "start") start(data);
  else if (data.type === "request") answer(data);
  else scope.postMessage({ type: "pong" });
};

async function start({ slug, entry, env }: Start): Promise<void> {
  nameLogs(slug);
  pretend(env);
  try {
    const module = await import(entry);
    const exported = module.default?.fetch ??
      (typeof module.default === "function" ? module.default : undefined);
    if (handle === undefined && exported !== undefined) {
      serve(exported.bind(module.default));
    }
  } catch (error) {
    console.error(error);
    scope.postMessage({
      type: "failed",
      reason: error instanceof Error ? error.message : String(error),
    });
    return;
  }
  setTimeout(() => {
    if (handle === undefined) {
      scope.postMessage({
        type: "failed",
        reason: "it never calls `Deno.serve`",
      });
    }
  }, SERVE_WITHIN_MS);
}

async function answer(
  { url, method, headers, body, port }: RequestMessage,
): Promise<void> {
  const abort = new AbortController();
  port.onmessage = () =>
    abort.abort(new DOMException("the client is gone", "AbortError"));
  let response: Response;
  try {
    response = await handle!(
      new Request(url, { method, headers, body, signal: abort.signal }),
    );
    if (!(response instanceof Response)) {
      throw new TypeError("the function did not return a Response");
    }
  } catch (error) {
    console.error(error);
    response = new Response("Internal Server Error", { status: 500 });
  }
  const message: ResponseMessage = {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    body: response.body,
  };
  port.postMessage(message, message.body ? [message.body] : []);
}

/** Takes `Deno.serve`'s handler: `(handler)`, `(options, handler)` or `(options with a handler)`. */
function serve(first: Handler | ServeOptions, second?: Handler) {
  const options = typeof first === "function" ? {} : first;
  const handler = typeof first === "function"
    ? first
    : second ?? options.handler;
  if (handler === undefined) {
    throw new TypeError("`Deno.serve` was called without a handler");
  }
  const finished = Promise.withResolvers<void>();
  const info = {
    remoteAddr: { ...ADDRESS, hostname: "127.0.0.1" },
    completed: Promise.resolve(),
  };
  handle = async (request) => {
    try {
      return await handler(request, info);
    } catch (error) {
      if (options.onError === undefined) throw error;
      return await options.onError(error);
    }
  };
  options.onListen?.(ADDRESS);
  scope.postMessage({ type: "ready" });
  const shutdown = () => Promise.resolve(finished.resolve());
  return {
    addr: ADDRESS,
    finished: finished.promise,
    shutdown,
    ref() {},
    unref() {},
    [Symbol.asyncDispose]: shutdown,
  };
}

function pretend(variables: Record<string, string>): void {
  const env = new Map(Object.entries(variables));
  const replace = (target: object, name: string, value: unknown) =>
    Object.defineProperty(target, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  replace(Deno, "env", {
    get: (name: string) => env.get(name),
    set: (name: string, value: string) => void env.set(name, String(value)),
    has: (name: string) => env.has(name),
    delete: (name: string) => void env.delete(name),
    toObject: () => Object.fromEntries(env),
  });
  process.env = { ...variables };
  replace(Deno, "serve", serve);
  replace(Deno, "exit", (code = 0) => {
    scope.postMessage({ type: "exit", code });
    self.close();
  });
  replace(globalThis, "EdgeRuntime", {
    waitUntil: (task: Promise<unknown>) => {
      Promise.resolve(task).catch((error) => console.error(error));
      return task;
    },
  });
}

/** All functions write to one log. */
function nameLogs(slug: string): void {
  for (const level of ["debug", "log", "info", "warn", "error"] as const) {
    const write = console[level].bind(console);
    console[level] = (first: unknown, ...rest: unknown[]) =>
      typeof first === "string"
        ? write(`[${slug}] ${first}`, ...rest)
        : write(`[${slug}]`, first, ...rest);
  }
}
