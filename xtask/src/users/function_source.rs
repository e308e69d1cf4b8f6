//! What the source of the `users` function says of a database that is not this one.
//!
//! A function that reads a column which the schema lacks gets an error where it expects a row, and tells its caller
//! something else: mostly that it is not authorized. Its text tells more.

use std::fs;
use std::path::Path;

use regex_lite::Regex;
use seed_core::catalog::Catalog;

/// The columns that the function asks for and the database lacks, as `table.column`, each once; none where nothing can
/// be read.
pub fn missing_columns(supabase: &Path, catalog: &Catalog) -> Vec<String> {
    let files = fs::read_dir(supabase.join("functions/users"))
        .into_iter()
        .flatten();
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.sort();
    let texts = paths.into_iter().filter_map(|path| fs::read_to_string(path).ok());
    let mut missing = Vec::new();
    for column in texts.flat_map(|text| missing_in(&text, catalog)) {
        if !missing.contains(&column) {
            missing.push(column);
        }
    }
    missing
}

/// Reads chains of supabase-js: `.from("sales").select("id, role").eq("user_id", …)`.
fn missing_in(text: &str, catalog: &Catalog) -> Vec<String> {
    let from = pattern(r#"\.from\(\s*["'`]([\w.]+)["'`]\s*\)"#);
    let reads = pattern(
        r#"\.(?:(select)\(\s*["'`]([^"'`]*)["'`]|(?:eq|neq|is|in|gt|lt|gte|lte|order|match)\(\s*["'`](\w+)["'`])"#,
    );
    let starts: Vec<_> = from.captures_iter(text).collect();
    let mut missing = Vec::new();
    for (at, start) in starts.iter().enumerate() {
        let Some(table) = catalog.tables.iter().find(|table| table.name == start[1]) else {
            continue;
        };
        let begin = start.get(0).map_or(0, |whole| whole.end());
        let end = starts
            .get(at + 1)
            .and_then(|next| next.get(0))
            .map_or(text.len(), |next| next.start());
        // The statement ends at its semicolon; what follows may be of another client.
        let chain = text[begin..end].split(';').next().unwrap_or_default();
        for read in reads.captures_iter(chain) {
            let named: Vec<&str> = match (read.get(2), read.get(3)) {
                (Some(list), _) => columns_of(list.as_str()),
                (_, Some(column)) => vec![column.as_str()],
                _ => Vec::new(),
            };
            let is_missing = |name: &&str| table.columns.iter().all(|column| column.name != **name);
            missing.extend(
                named
                    .into_iter()
                    .filter(is_missing)
                    .map(|name| format!("{}.{name}", table.name)),
            );
        }
    }
    missing
}

/// The plain columns of a `select`: what is embedded, renamed or cast says nothing certain.
fn columns_of(list: &str) -> Vec<&str> {
    if list.contains('(') {
        return Vec::new();
    }
    let is_plain = |name: &&str| {
        !name.is_empty()
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    list.split(',').map(str::trim).filter(is_plain).collect()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is written above")
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::{Column, Table};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let column = |name: &str| Column {
            name: name.into(),
            ..Column::default()
        };
        let sales = Table {
            schema: "public".into(),
            name: "sales".into(),
            columns: ["id", "user_id", "role"].map(column).to_vec(),
            ..Table::default()
        };
        assert_eq!(missing_in(text, &Catalog { tables: vec![sales] }), expected);
    }

    #[test]
    fn columns_that_the_schema_lacks_are_found() {
        check(
            "const { data } = await admin\n  .from('sales')\n  .select('id, administrator')\n  .eq(\"user_id\", id).single();",
            &["sales.administrator"],
        );
        check(
            r#"db.from("sales").select("*").eq("auth_id", user.id)"#,
            &["sales.auth_id"],
        );
    }

    #[test]
    fn what_is_not_certain_is_not_said() {
        check(r#"db.from("sales").select("*, notes(text)").eq("id", 1)"#, &[]);
        check(r#"db.from("people").select("shoe_size")"#, &[]);
        check(r#"db.from("sales").select("id"); other.eq("size", 1)"#, &[]);
        check(r#"db.from("sales").select("id")"#, &[]);
    }
}
