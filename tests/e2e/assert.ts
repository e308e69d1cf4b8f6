// The two assertions that the tests need, from what Deno has built in for Node.
import nodeAssert from "node:assert/strict";

export function assert(condition: unknown, message: string): asserts condition {
  nodeAssert.ok(condition, message);
}

export function assertEquals<T>(actual: T, expected: T): void {
  nodeAssert.deepStrictEqual(actual, expected);
}
