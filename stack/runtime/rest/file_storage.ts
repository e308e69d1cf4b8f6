// Uploaded files in a folder: `<bucket>/<hash of the key>` and beside it `….json` with what the headers say.
//
// Keys are hashed because `a` and `a/b` may both be objects, and neither a folder nor a long name may stand in the way.

import { createHash } from "node:crypto";
import type { App } from "@supabase/lite";

type StorageAdapter = NonNullable<App["_storageAdapter"]>;
type Body = Parameters<StorageAdapter["uploadObject"]>[3];
type ObjectMetadata = Awaited<ReturnType<StorageAdapter["headObject"]>>;

type Kept = Pick<
  ObjectMetadata,
  "mimetype" | "cacheControl" | "eTag" | "size" | "contentLength"
>;

export class FileStorage implements StorageAdapter {
  readonly driver = null;

  constructor(private readonly folder: string) {}

  async uploadObject(
    bucket: string,
    key: string,
    _version: unknown,
    body: Body,
    mimetype: string,
    cacheControl: string,
  ) {
    const path = this.#path(bucket, key);
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const part = `${path}.${crypto.randomUUID()}`;
    const hash = createHash("md5");
    let size = 0;
    try {
      await new Response(body as BodyInit).body?.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, out) {
            hash.update(chunk);
            size += chunk.byteLength;
            out.enqueue(chunk);
          },
        }),
      ).pipeTo((await Deno.open(part, { write: true, create: true })).writable);
      if (size === 0) await Deno.writeFile(part, new Uint8Array());
      const kept: Kept = {
        mimetype,
        cacheControl,
        eTag: `"${hash.digest("hex")}"`,
        size,
        contentLength: size,
      };
      await Deno.rename(part, path);
      await Deno.writeTextFile(`${path}.json`, JSON.stringify(kept));
    } catch (error) {
      await removed(part);
      throw error;
    }
    return await this.headObject(bucket, key);
  }

  async headObject(bucket: string, key: string): Promise<ObjectMetadata> {
    const path = this.#path(bucket, key);
    const kept: Kept = JSON.parse(await Deno.readTextFile(`${path}.json`));
    const { mtime } = await Deno.stat(path);
    return { ...kept, lastModified: mtime ?? new Date(), httpStatusCode: 200 };
  }

  async getObject(bucket: string, key: string) {
    const metadata = await this.headObject(bucket, key);
    const file = await Deno.open(this.#path(bucket, key));
    return { metadata, httpStatusCode: 200, body: file.readable as never };
  }

  async deleteObject(bucket: string, key: string) {
    const path = this.#path(bucket, key);
    await removed(path);
    await removed(`${path}.json`);
  }

  async deleteObjects(bucket: string, keys: string[]) {
    for (const key of keys) await this.deleteObject(bucket, key);
  }

  async copyObject(
    bucket: string,
    key: string,
    _version: unknown,
    toBucket: string,
    toKey: string,
  ) {
    const [from, to] = [this.#path(bucket, key), this.#path(toBucket, toKey)];
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(from, to);
    await Deno.copyFile(`${from}.json`, `${to}.json`);
    return await this.headObject(toBucket, toKey);
  }

  privateAssetUrl(bucket: string, key: string) {
    return Promise.resolve(`file://${this.#path(bucket, key)}`);
  }

  #path(bucket: string, key: string): string {
    const hash = createHash("sha256").update(key).digest("hex");
    return `${this.folder}/${
      encodeURIComponent(bucket).replaceAll(".", "%2E")
    }/${hash}`;
  }
}

async function removed(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
