//! Modules of TypeScript, one a table: the type of its rows, the rows, and a function that gives them in turn.
//!
//! A module imports nothing, so that it works in Deno, Node, Vitest and bundlers alike, and is laid out as `deno fmt`
//! does it.

use std::io::Write;

use heck::{ToLowerCamelCase, ToUpperCamelCase};
use serde_json::{Map, Value};

use crate::bind::BoundColumn;
use crate::catalog::{Column, ColumnType, Identity};
use crate::domain::value::NUTRIENTS;
use crate::domain::{Field, Record};
use crate::plan::{Key, TablePlan};

/// Longer lines are broken.
const WIDTH: usize = 80;

/// What a table's rows are called: `contactNotes`, and one of them `ContactNote`.
struct Names {
    rows: String,
    row: String,
}

impl Names {
    fn of(table: &TablePlan) -> Self {
        Self {
            rows: table.name().to_lower_camel_case(),
            row: singular(table.name()).to_upper_camel_case(),
        }
    }
}

/// Appends the type of the rows, and the start of the list of them.
pub(crate) fn start(table: &TablePlan, out: &mut Vec<u8>) {
    let Names { rows, row } = Names::of(table);
    let name = table.name();
    named_types(table, out);
    print(
        out,
        format_args!("/** A row of `{name}`. */\nexport interface {row} {{\n"),
    );
    for column in &table.live().columns {
        property_type(table, column, out);
    }
    let open = if table.row_count() > 0 { "[\n" } else { "[" };
    print(
        out,
        format_args!(
            "}}\n\n/** The rows of `{name}` that `cargo xtask seed` writes. */\nexport const {rows}: {row}[] = {open}"
        ),
    );
}

/// Appends a row, which comes as an object of JSON.
pub(crate) fn row(table: &TablePlan, json: &[u8], out: &mut Vec<u8>) {
    let filled: Map<String, Value> = serde_json::from_slice(json).expect("rows are objects");
    let mut whole = Map::new();
    for column in &table.live().columns {
        if let Some(value) = filled.get(&column.name) {
            whole.insert(column.name.clone(), value.clone());
        } else if is_left_null(column) {
            whole.insert(column.name.clone(), Value::Null);
        }
    }
    out.extend_from_slice(b"  ");
    broken_object(&whole, 2, out);
    out.extend_from_slice(b",\n");
}

/// Appends the end of the list, and where there are rows the function that gives them in turn.
pub(crate) fn end(table: &TablePlan, out: &mut Vec<u8>) {
    let Names { rows, row } = Names::of(table);
    out.extend_from_slice(b"];\n");
    if table.row_count() == 0 {
        return;
    }
    let name = table.name();
    print(
        out,
        format_args!(
            "\nlet next = 0;\n\n\
             /** The rows of `{name}` in turn, each a copy of its own, with these values in place of its own. */\n\
             export function make{row}(\n\
             \x20 overrides: Partial<{row}> = {{}},\n\
             ): {row} {{\n\
             \x20 const row = {rows}[next++ % {rows}.length];\n\
             \x20 return {{ ...JSON.parse(JSON.stringify(row)), ...overrides }};\n\
             }}\n"
        ),
    );
}

fn print(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes it");
}

/// Whether a row that is written without the column has null in it.
fn is_left_null(column: &Column) -> bool {
    !column.not_null && column.default.is_none() && column.identity == Identity::No && !column.generated
}

fn property_type(table: &TablePlan, column: &Column, out: &mut Vec<u8>) {
    let mut bound = table.binding().columns.iter();
    let bound = bound.find(|bound| bound.name == column.name);
    // What the database fills by itself is known to the database alone.
    let mark = if bound.is_some() || is_left_null(column) {
        ""
    } else {
        "?"
    };
    let mut alternatives = types_of(table, bound, &column.kind);
    if !column.not_null && alternatives != ["unknown"] {
        alternatives.push("null".to_owned());
    }
    let head = format!("  {}{mark}:", property_name(&column.name));
    let line = format!("{head} {};\n", alternatives.join(" | "));
    if line.chars().count() <= WIDTH + 1 {
        return out.extend_from_slice(line.as_bytes());
    }
    let broken = format!("{head}\n    | {};\n", alternatives.join("\n    | "));
    out.extend_from_slice(broken.as_bytes());
}

/// The types that a value can have, apart from null.
fn types_of(table: &TablePlan, bound: Option<&BoundColumn>, kind: &ColumnType) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match kind {
        ColumnType::Boolean => one("boolean"),
        ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::Real
        | ColumnType::Double
        | ColumnType::Numeric { .. } => one("number"),
        ColumnType::Enum { labels, .. } => labels.iter().map(|label| quoted(label)).collect(),
        ColumnType::Array { element, .. } => {
            let element = types_of(table, None, element);
            match element.as_slice() {
                [only] => one(&format!("{only}[]")),
                several => one(&format!("({})[]", several.join(" | "))),
            }
        }
        ColumnType::Json | ColumnType::Jsonb => one(&json_type(table, bound)),
        _ => one("string"),
    }
}

/// The type of JSON whose field we know.
fn json_type(table: &TablePlan, bound: Option<&BoundColumn>) -> String {
    match (table.record(), bound.and_then(BoundColumn::field)) {
        (Record::Contact, Some(Field::Email)) => "{ email: string; type: string }[]".to_owned(),
        (Record::Contact, Some(Field::Phone)) => "{ number: string; type: string }[]".to_owned(),
        (_, Some(Field::ContactIds)) => format!("{}[]", contact_key(table)),
        (_, Some(Field::Tags | Field::Certifications | Field::Allergens)) => "string[]".to_owned(),
        (_, Some(Field::Participants)) => "Participant[]".to_owned(),
        (_, Some(Field::Nutrition)) => "Nutrition".to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// The types in JSON that have names of their own, as far as columns of the table need them.
fn named_types(table: &TablePlan, out: &mut Vec<u8>) {
    let is_json = |name: &str| {
        let mut columns = table.columns();
        let column = columns.find(|column| column.name == name);
        column.is_some_and(|column| matches!(column.kind, ColumnType::Json | ColumnType::Jsonb))
    };
    let has = |field| table.binding().column(field).is_some_and(is_json);
    if has(Field::Participants) {
        let key = contact_key(table);
        print(
            out,
            format_args!(
                "/** Someone who took part. */\nexport interface Participant {{\n  contact_id: {key};\n  \
                 participated: boolean;\n  notes: string;\n}}\n\n"
            ),
        );
    }
    if has(Field::Nutrition) {
        let amounts = ["servings_per_container", "calories"]
            .into_iter()
            .chain(NUTRIENTS);
        let amounts: String = amounts.map(|name| format!("  {name}: number;\n")).collect();
        print(
            out,
            format_args!(
                "/** The panel on the label. */\nexport interface Nutrition {{\n  serving_size: string;\n{amounts}}}\n\n"
            ),
        );
    }
}

fn contact_key(table: &TablePlan) -> &'static str {
    match table.key_of(Record::Contact) {
        Some(Key::Integer(_)) => "number",
        _ => "string",
    }
}

/// An object with each property on lines of its own.
fn broken_object(object: &Map<String, Value>, indent: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\n");
    for (name, value) in object {
        property(&property_name(name), value, indent + 2, out);
    }
    print(out, format_args!("{:indent$}}}", ""));
}

fn property(name: &str, value: &Value, indent: usize, out: &mut Vec<u8>) {
    let (inline, head) = (inline(value), format!("{:indent$}{name}:", ""));
    let fits = head.chars().count() + inline.chars().count() + 2 <= WIDTH;
    out.extend_from_slice(head.as_bytes());
    match value {
        Value::String(_) if !fits => print(out, format_args!("\n{:width$}{inline}", "", width = indent + 2)),
        Value::Array(_) | Value::Object(_) if !fits => {
            out.push(b' ');
            broken(value, indent, out);
        }
        _ => print(out, format_args!(" {inline}")),
    }
    out.extend_from_slice(b",\n");
}

/// A list or an object, with each part on lines of its own.
fn broken(value: &Value, indent: usize, out: &mut Vec<u8>) {
    match value {
        Value::Object(object) => broken_object(object, indent, out),
        Value::Array(items) => {
            out.extend_from_slice(b"[\n");
            for item in items {
                let inline = inline(item);
                print(out, format_args!("{:width$}", "", width = indent + 2));
                match indent + inline.chars().count() + 3 <= WIDTH || !(item.is_array() || item.is_object()) {
                    true => out.extend_from_slice(inline.as_bytes()),
                    false => broken(item, indent + 2, out),
                }
                out.extend_from_slice(b",\n");
            }
            print(out, format_args!("{:indent$}]", ""));
        }
        other => out.extend_from_slice(inline(other).as_bytes()),
    }
}

/// The value in one line.
fn inline(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(inline).collect())),
        Value::Object(object) if object.is_empty() => "{}".to_owned(),
        Value::Object(object) => {
            let property =
                |(name, value): (&String, &Value)| format!("{}: {}", property_name(name), inline(value));
            format!("{{ {} }}", list(object.iter().map(property).collect()))
        }
        other => other.to_string(),
    }
}

fn property_name(name: &str) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '$');
    let is_plain = name.starts_with(is_letter)
        && name
            .chars()
            .all(|letter| is_letter(letter) || letter.is_ascii_digit());
    if is_plain { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// One of what a table's name says there are several of.
fn singular(name: &str) -> String {
    let endings = [
        ("people", "person"),
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("ches", "ch"),
        ("shes", "sh"),
    ];
    for (plural, one) in endings {
        if let Some(stem) = name.strip_suffix(plural) {
            return format!("{stem}{one}");
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_is_called_as_people_call_it() {
        let check = |table: &str, expect: &str| assert_eq!(singular(table).to_upper_camel_case(), expect);
        check("contact_notes", "ContactNote");
        check("contactNotes", "ContactNote");
        check("activities", "Activity");
        check("businesses", "Business");
        check("people", "Person");
        check("crm_accounts", "CrmAccount");
        check("contact", "Contact");
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(property_name("first_name"), "first_name");
        assert_eq!(property_name("first name"), "\"first name\"");
        assert_eq!(property_name("2nd"), "\"2nd\"");
    }
}
