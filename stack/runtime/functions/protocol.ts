// What the host and a function's worker say to each other.

export interface Start {
  type: "start";
  slug: string;
  /** The URL of the function's entry point. */
  entry: string;
  env: Record<string, string>;
}

/** Bodies travel as transferred streams, so neither side holds one as a whole. */
export interface RequestMessage {
  type: "request";
  url: string;
  method: string;
  headers: [string, string][];
  body: ReadableStream<Uint8Array> | null;
  /** Takes `"abort"`, and gives one `ResponseMessage`. */
  port: MessagePort;
}

export interface ResponseMessage {
  status: number;
  statusText: string;
  headers: [string, string][];
  body: ReadableStream<Uint8Array> | null;
}

export type ToWorker = Start | RequestMessage | { type: "ping" };

export type FromWorker =
  | { type: "ready" }
  | { type: "failed"; reason: string }
  | { type: "exit"; code: number }
  | { type: "pong" };
