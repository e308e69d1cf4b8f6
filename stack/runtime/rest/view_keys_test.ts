import { deepEqual } from "node:assert/strict";
import type { ForeignKeyInfo } from "@supabase/lite";
import { type ViewColumn, withViewKeys } from "./view_keys.ts";

function foreignKey(from: string, to: string, name = "key"): ForeignKeyInfo {
  const [table, column] = from.split(".");
  const [ref_table, ref_column] = to.split(".");
  return {
    schema: "public",
    table,
    column,
    ref_schema: "public",
    ref_table,
    ref_column,
    foreign_key_name: name,
    fk_def: "",
    on_update: "",
    on_delete: "",
  };
}

function shows(column: string, of: string): ViewColumn {
  const [view, name] = column.split(".");
  const [from, from_column] = of.split(".");
  return {
    schema: "public",
    view,
    column: name,
    from_schema: "public",
    from,
    from_column,
  };
}

function check(
  keys: ForeignKeyInfo[],
  columns: ViewColumn[],
  expected: string[],
) {
  const found = withViewKeys(keys, columns).slice(keys.length);
  deepEqual(
    found.map((key) =>
      `${key.table}.${key.column} → ${key.ref_table}.${key.ref_column}`
    ),
    expected,
  );
}

Deno.test("a view stands for either table of a key, under its own column names", () => {
  check(
    [foreignKey("tasks.contact_id", "contacts.id")],
    [
      shows("people.person", "contacts.id"),
      shows("todo.contact", "tasks.contact_id"),
    ],
    [
      "tasks.contact_id → people.person",
      "todo.contact → contacts.id",
      "todo.contact → people.person",
    ],
  );
});

Deno.test("a view of a view shows what the first one shows", () => {
  check(
    [foreignKey("tasks.contact_id", "contacts.id")],
    [shows("inner.id", "contacts.id"), shows("outer.key", "inner.id")],
    ["tasks.contact_id → inner.id", "tasks.contact_id → outer.key"],
  );
});

Deno.test("a key of two columns is only there as a whole", () => {
  const keys = [
    foreignKey("lines.order", "orders.id", "order_key"),
    foreignKey("lines.tenant", "orders.tenant", "order_key"),
  ];
  const half = [shows("some.order", "lines.order")];
  check(keys, half, []);
  check(keys, [...half, shows("some.tenant", "lines.tenant")], [
    "some.order → orders.id",
    "some.tenant → orders.tenant",
  ]);
});
