// One running function: its worker, the requests it has in hand, and its end.

import { toFileUrl } from "./paths.ts";
import type { EdgeFunction } from "./project.ts";
import type {
  FromWorker,
  RequestMessage,
  ResponseMessage,
  Start,
} from "./protocol.ts";

/** A worker that says nothing for so long runs in a loop. */
const SILENCE_MS = 10_000;
/** How long one request may take, as in the hosted product. */
const PATIENCE_MS = 150_000;
/** How long a worker that was replaced may go on with what it has in hand. */
const GRACE_MS = 10_000;

/** Why a function gives no answer of its own, as the real runtime says it. */
export class FunctionError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }

  response(): Response {
    return Response.json({ code: this.code, message: this.message }, {
      status: this.status,
    });
  }
}

const failedToBoot = () =>
  new FunctionError(
    503,
    "BOOT_ERROR",
    "Worker failed to boot (please check logs)",
  );
const crashed = () =>
  new FunctionError(
    500,
    "WORKER_ERROR",
    "Function exited due to an error (please check logs)",
  );
const overLimit = () =>
  new FunctionError(
    546,
    "WORKER_LIMIT",
    "Function failed due to not having enough compute resources (please check logs)",
  );
const tooSlow = () =>
  new FunctionError(
    504,
    "IDLE_TIMEOUT",
    "Function gave no response within 150 seconds",
  );

export class FunctionWorker {
  readonly #worker: Worker;
  readonly #booted = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<never>();
  readonly #begun = performance.now();
  readonly #pulse: ReturnType<typeof setInterval>;
  #inHand = 0;
  #retired = false;
  #heard = performance.now();
  /** Set once the worker takes no more requests. */
  ended = false;

  constructor(readonly source: EdgeFunction, env: Record<string, string>) {
    this.#booted.promise.catch(() => {});
    this.#ended.promise.catch(() => {});
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: source.slug,
    });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) =>
      this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#log(`stopped by an uncaught error: ${event.message}`);
      this.#end(crashed());
    };
    this.#pulse = setInterval(() => this.#feel(), 1000);
    const start: Start = {
      type: "start",
      slug: source.slug,
      entry: toFileUrl(source.entrypoint),
      env,
    };
    this.#worker.postMessage(start);
  }

  /** Has the function answer; throws a `FunctionError` where it does not. */
  async answer(request: Request): Promise<Response> {
    this.#inHand++;
    try {
      await Promise.race([this.#booted.promise, this.#ended.promise]);
      const response = await this.#send(request);
      if (response.body === null) {
        this.#done();
        return new Response(null, response);
      }
      const counted = response.body.pipeThrough(
        new TransformStream({
          flush: () => this.#done(),
          cancel: () => this.#done(),
        }),
      );
      return new Response(counted, response);
    } catch (error) {
      this.#done();
      throw error;
    }
  }

  /** Lets the worker finish what it has in hand, and no more. */
  retire(): void {
    this.#retired = true;
    if (this.#inHand === 0) this.#end(crashed());
    else setTimeout(() => this.#end(crashed()), GRACE_MS);
  }

  async #send(request: Request): Promise<ResponseMessage> {
    const { port1, port2 } = new MessageChannel();
    const { promise, resolve, reject } = Promise.withResolvers<
      ResponseMessage
    >();
    port1.onmessage = ({ data }) => resolve(data);
    const abort = () => {
      port1.postMessage("abort");
      reject(
        new FunctionError(
          499,
          "CLIENT_GONE",
          "The client closed the connection",
        ),
      );
    };
    const limit = setTimeout(() => {
      reject(tooSlow());
      this.#end(tooSlow());
    }, PATIENCE_MS);
    request.signal.addEventListener("abort", abort);
    const { url, method, headers, body } = request;
    const message: RequestMessage = {
      type: "request",
      url,
      method,
      headers: [...headers],
      body,
      port: port2,
    };
    try {
      this.#worker.postMessage(message, body ? [body, port2] : [port2]);
      return await Promise.race([promise, this.#ended.promise]);
    } finally {
      clearTimeout(limit);
      request.signal.removeEventListener("abort", abort);
      port1.close();
    }
  }

  #hear(message: FromWorker): void {
    this.#heard = performance.now();
    if (message.type === "ready") {
      this.#log(`booted in ${Math.round(performance.now() - this.#begun)} ms`);
      this.#booted.resolve();
    } else if (message.type === "failed") {
      this.#log(`failed to boot: ${message.reason}`);
      this.#end(failedToBoot());
    } else if (message.type === "exit") {
      this.#log(`exited with code ${message.code}`);
      this.#end(crashed());
    }
  }

  #feel(): void {
    if (performance.now() - this.#heard > SILENCE_MS && this.#inHand > 0) {
      this.#log(
        `stopped: it did not come back from a computation for ${
          SILENCE_MS / 1000
        } seconds`,
      );
      this.#end(overLimit());
    } else if (this.#inHand > 0) {
      this.#worker.postMessage({ type: "ping" });
    } else {
      this.#heard = performance.now();
    }
  }

  #done(): void {
    this.#inHand--;
    if (this.#retired && this.#inHand === 0) this.#end(crashed());
  }

  #end(reason: FunctionError): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.#pulse);
    this.#worker.terminate();
    this.#ended.reject(reason);
  }

  #log(text: string): void {
    console.log(`[${this.source.slug}] ${text}`);
  }
}
