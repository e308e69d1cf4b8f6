// The functions service as a whole, offline, in a folder with a space in its name.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { fromFileUrl } from "./functions/paths.ts";

const FIXTURES = fromFileUrl(new URL("./fixtures/functions", import.meta.url));

interface Service {
  url: string;
  folder: string;
  pid: number;
  [Symbol.asyncDispose](): Promise<void>;
}

async function start(): Promise<Service> {
  const root = await Deno.makeTempDir({ prefix: "seedbed functions " });
  const folder = `${root}/supabase/functions`;
  await copy(FIXTURES, folder);
  await Deno.writeTextFile(
    `${folder}/.env`,
    "MINE=yes\nSUPABASE_URL=theirs\nPATH=/theirs\n",
  );
  const config = {
    env: {
      SUPABASE_URL: "http://127.0.0.1:1",
      SUPABASE_DB_URL: "postgresql://u@127.0.0.1:1/postgres",
    },
    functions: { late: { verify_jwt: false }, faults: { enabled: true } },
  };
  await Deno.writeTextFile(`${root}/functions.json`, JSON.stringify(config));
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--cached-only",
      "--no-remote",
      "--allow-env",
      "--allow-read",
      "--allow-run",
      `--allow-write=${root}`,
      fromFileUrl(new URL("./functions.ts", import.meta.url)),
    ],
    env: {
      SEEDBED_PORT: String(port),
      SEEDBED_PROJECT: root,
      SEEDBED_FUNCTIONS_CONFIG: `${root}/functions.json`,
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(`${url}/_health`).then((answer) => answer.text()));
  return {
    url,
    folder,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // Killed by the test.
      }
      await child.status;
      await Deno.remove(root, { recursive: true });
    },
  };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Tries until it succeeds, at most a minute. */
async function until<T>(what: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await what();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

async function get(url: string, init?: RequestInit): Promise<[number, string]> {
  const answer = await fetch(url, init);
  return [answer.status, await answer.text()];
}

Deno.test("functions answer as on the real runtime", async (test) => {
  await using service = await start();
  const { url, folder } = service;

  await test.step("a request reaches the function as it was sent", async () => {
    const answer = await fetch(`${url}/admin/users/7?x=1`, {
      method: "PATCH",
      body: "hello",
    });
    equal(answer.status, 201);
    equal(answer.headers.get("access-control-allow-origin"), "*");
    deepEqual(await answer.json(), {
      url: "/admin/users/7",
      body: "hello",
      env: {
        SUPABASE_URL: "http://127.0.0.1:1",
        SUPABASE_DB_URL: "postgresql://u@127.0.0.1:1/postgres",
        MINE: "yes",
        SUPABASE_FUNCTION_SLUG: "admin",
      },
      same: true,
      library: "function",
      jose: "function",
    });
    deepEqual(await get(`${url}/admin`, { method: "OPTIONS" }), [204, ""]);
  });

  await test.step("every way to serve is understood", async () => {
    deepEqual(await get(`${url}/own_map`), [
      200,
      '["GET","function",{"access-control-allow-origin":"*"}]',
    ]);
    deepEqual(await get(`${url}/late`), [200, "late"]);
    deepEqual(await get(`${url}/std_serve`), [202, "GET"]);
    equal((await get(`${url}/pool`))[0], 502);
  });

  await test.step("bodies are streamed both ways, and cancelled", async () => {
    const sent = crypto.getRandomValues(new Uint8Array(60_000));
    const big = new Uint8Array(6_000_000).map((_, index) =>
      sent[index % sent.length]
    );
    const echo = await fetch(`${url}/stream`, { method: "POST", body: big });
    deepEqual(new Uint8Array(await echo.arrayBuffer()), big);
    const events = await fetch(`${url}/stream`);
    const reader = events.body!.getReader();
    match(new TextDecoder().decode((await reader.read()).value), /^data: 0/);
    await reader.cancel();
    await until(async () =>
      equal((await get(`${url}/stream/cancelled`))[1], "1")
    );
  });

  await test.step("what is no function is not found", async () => {
    deepEqual(await get(`${url}/nothing`), [404, "Function not found"]);
    deepEqual(await get(`${url}/_shared`), [404, "Function not found"]);
  });

  await test.step("a function that fails does not take others along, nor itself for good", async () => {
    deepEqual(await get(`${url}/faults/throw`), [500, "Internal Server Error"]);
    for (const way of ["later", "exit"]) {
      const [status, body] = await get(`${url}/faults/${way}`);
      equal(status, 500);
      equal(JSON.parse(body).code, "WORKER_ERROR");
      deepEqual(await get(`${url}/late`), [200, "late"]);
    }
    deepEqual(await get(`${url}/faults`), [200, "fine"]);
  });

  await test.step("an edit is seen by the next call, a broken one is said, and mended", async () => {
    const file = `${folder}/late/index.ts`;
    const served = (text: string) =>
      Deno.writeTextFile(file, `Deno.serve(() => new Response("${text}"));`);
    await served("edited");
    await until(async () =>
      deepEqual(await get(`${url}/late`), [200, "edited"])
    );
    await Deno.writeTextFile(file, `import "./missing.ts";`);
    await until(async () => {
      const [status, body] = await get(`${url}/late`);
      deepEqual([status, JSON.parse(body).code], [503, "BOOT_ERROR"]);
    });
    await served("mended");
    await until(async () =>
      deepEqual(await get(`${url}/late`), [200, "mended"])
    );
  });

  await test.step("a shared file renews all, a new import the map", async () => {
    await Deno.writeTextFile(
      `${folder}/_shared/cors.ts`,
      "export const corsHeaders = { a: 1 };",
    );
    await until(async () =>
      match((await get(`${url}/own_map`))[1], /\{"a":1\}/)
    );
    await Deno.writeTextFile(
      `${folder}/late/index.ts`,
      `import { decodeJwt } from "jsr:@panva/jose@^6.0.1";
       Deno.serve(() => new Response(typeof decodeJwt));`,
    );
    await until(async () =>
      deepEqual(await get(`${url}/late`), [200, "function"])
    );
  });

  await test.step("a loop hurts nobody else, and ends with the service", async () => {
    const looping = get(`${url}/loop/forever`).catch(() => {});
    await until(async () =>
      deepEqual(
        await get(`${url}/own_map`, { method: "PUT" }).then(([status]) =>
          status
        ),
        200,
      )
    );
    Deno.kill(service.pid, "SIGKILL");
    await until(async () => {
      const open = await fetch(`${url}/_health`).then(() => true, () => false);
      ok(!open, "the host goes on without its parent");
    });
    await looping;
  });
});
