// The part of deno.land/x/postgres that functions use, over npm's `pg`.

// deno-lint-ignore-file no-explicit-any
// @ts-ignore: mapped to an installed package when the host starts
import pg from "seedbed-pg";

type Query = string | {
  text: string;
  args?: unknown;
  camelCase?: boolean;
  camelcase?: boolean;
};
type Runner = { query(config: any): Promise<any> };

abstract class Queries {
  protected abstract runner(): Runner;

  async queryObject<T = Record<string, unknown>>(
    query: Query | TemplateStringsArray,
    ...args: any[]
  ) {
    const { text, values, camelCase } = statement(query, args);
    const result = await this.runner().query({ text, values });
    const rows = camelCase ? result.rows.map(camelCased) : result.rows;
    return {
      rows: rows as T[],
      rowCount: result.rowCount,
      command: result.command,
      columns: names(result),
    };
  }

  async queryArray<T extends unknown[] = unknown[]>(
    query: Query | TemplateStringsArray,
    ...args: any[]
  ) {
    const { text, values } = statement(query, args);
    const result = await this.runner().query({
      text,
      values,
      rowMode: "array",
    });
    return {
      rows: result.rows as T[],
      rowCount: result.rowCount,
      command: result.command,
      columns: names(result),
    };
  }

  createTransaction(_name = ""): Transaction {
    return new Transaction(this.runner());
  }
}

class Transaction extends Queries {
  constructor(private readonly connection: Runner) {
    super();
  }
  protected runner() {
    return this.connection;
  }
  begin = () => this.connection.query("begin");
  commit = () => this.connection.query("commit");
  rollback = () => this.connection.query("rollback");
}

export class Client extends Queries {
  #client: any;
  constructor(options?: any) {
    super();
    this.#client = new pg.Client(settings(options));
  }
  protected runner() {
    return this.#client;
  }
  connect = () => this.#client.connect();
  end = () => this.#client.end();
}

export class PoolClient extends Queries {
  constructor(private readonly client: any) {
    super();
  }
  protected runner() {
    return this.client;
  }
  release = () => this.client.release();
  end = () => this.client.release();
  [Symbol.dispose] = () => this.client.release();
}

export class Pool {
  #pool: any;
  constructor(options: any, size = 10, _lazy = false) {
    this.#pool = new pg.Pool({ ...settings(options), max: size });
  }
  async connect(): Promise<PoolClient> {
    return new PoolClient(await this.#pool.connect());
  }
  end = () => this.#pool.end();
}

function settings(options: any): any {
  if (typeof options === "string") return { connectionString: options };
  const { hostname, tls, ...rest } = options ?? {};
  return {
    ...rest,
    host: hostname,
    ssl: tls?.enabled ? { ca: tls.caCertificates } : undefined,
  };
}

/** Text, template and configuration forms as `pg` takes them; `$NAME` arguments become numbers. */
function statement(query: Query | TemplateStringsArray, args: any[]) {
  if (Array.isArray(query)) {
    const text = (query as readonly string[]).reduce((sql, part, index) =>
      `${sql}$${index}${part}`
    );
    return { text, values: args, camelCase: false };
  }
  const { text, args: given = args[0], camelCase, camelcase } =
    typeof query === "string"
      ? { text: query } as Exclude<Query, string>
      : query as Exclude<Query, string>;
  if (given === undefined || Array.isArray(given)) {
    return { text, values: given ?? [], camelCase: camelCase ?? camelcase };
  }
  const values: unknown[] = [];
  const byName = new Map(
    Object.entries(given as object).map((
      [name, value],
    ) => [name.toLowerCase(), value]),
  );
  const numbered = text.replace(
    /\$([A-Za-z_]\w*)/g,
    (_, name) => `$${values.push(byName.get(name.toLowerCase()))}`,
  );
  return { text: numbered, values, camelCase: camelCase ?? camelcase };
}

function camelCased(row: Record<string, unknown>) {
  const key = (name: string) =>
    name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [key(name), value]),
  );
}

function names(result: any): string[] {
  return result.fields?.map((field: any) => field.name) ?? [];
}
