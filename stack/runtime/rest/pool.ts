// Connections that survive the database.
//
// When a server closes its connections, postgres.js may write to a socket that is gone, which ends the process, or wait
// for an answer that never comes. So a pool is thrown away as a whole once any of its connections is closed; nothing
// but a dying database closes one, because idle pools are thrown away too.

import postgres from "postgres";
import { current } from "./request.ts";
import { exceptions, quoted } from "./statements.ts";

const IDLE_MS = 20_000;
/** What would be refused at the commit is refused all the same. */
const UNDO = "set constraints all immediate; rollback";

type Parameter = postgres.ParameterOrJSON<never>;

interface Generation {
  sql: postgres.Sql;
  closed: boolean;
  /** Rejects once the pool is thrown away. */
  end: PromiseWithResolvers<never>;
}

/** What Lite's driver asks of a connection. */
export interface Reserved {
  unsafe(text: string, parameters?: Parameter[]): PromiseLike<unknown>;
  release(): void;
}

export class Pool {
  #current?: Generation;
  #idle?: ReturnType<typeof setTimeout>;
  #inUse = 0;

  constructor(
    private readonly url: string,
    private readonly options: postgres.Options<
      Record<string, postgres.PostgresType>
    >,
  ) {}

  async reserve(): Promise<Reserved> {
    clearTimeout(this.#idle);
    const generation = this.#current ??= this.#open();
    this.#inUse++;
    try {
      const reserved = generation.sql.reserve();
      return this.#guarded(
        await Promise.race([reserved, generation.end.promise]),
        generation,
      );
    } catch (error) {
      this.#done();
      throw generation.closed ? unreachable(error) : error;
    }
  }

  #open(): Generation {
    const generation: Generation = {
      closed: false,
      end: Promise.withResolvers<never>(),
      sql: postgres(this.url, {
        ...this.options,
        idle_timeout: 0,
        max_lifetime: null,
        onclose: () => this.#retire(generation),
      }),
    };
    generation.end.promise.catch(() => {});
    return generation;
  }

  #retire(generation: Generation): void {
    if (generation.closed) return;
    generation.closed = true;
    generation.end.reject(lost());
    if (this.#current === generation) this.#current = undefined;
    setTimeout(() => generation.sql.end({ timeout: 0 }).catch(() => {}));
  }

  #guarded(sql: postgres.ReservedSql, generation: Generation): Reserved {
    return {
      unsafe: (text, parameters) =>
        generation.closed ? generation.end.promise : Promise.race([
          sql.unsafe(
            statement(text),
            parameters && typed(sql, text, parameters),
          ),
          generation.end.promise,
        ]),
      release: () => {
        if (!generation.closed) sql.release();
        this.#done();
      },
    };
  }

  #done(): void {
    if (--this.#inUse > 0) return;
    const generation = this.#current;
    if (generation === undefined) return;
    this.#idle = setTimeout(() => this.#retire(generation), IDLE_MS);
  }
}

/** Lite says that it undoes what a client wants undone, and commits it. */
function statement(text: string): string {
  const context = current.getStore();
  return context?.undone && text === "commit"
    ? UNDO
    : quoted(text, context?.path);
}

function typed(
  sql: postgres.Sql,
  text: string,
  parameters: Parameter[],
): Parameter[] {
  const changed = exceptions(text, parameters);
  return parameters.map((parameter, index) => {
    const other = changed.get(index);
    return other === undefined
      ? parameter
      : sql.typed(other.value as never, other.type);
  });
}

function lost(): Error {
  return coded(
    "the connection to the database was closed",
    "CONNECTION_CLOSED",
  );
}

/** Nothing was sent yet, so the request may be repeated. */
function unreachable(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return coded(`the database is not reachable: ${reason}`, "ECONNREFUSED");
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
