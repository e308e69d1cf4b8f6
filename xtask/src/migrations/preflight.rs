//! What is known to fail on the embedded stack, before anything is applied.

use anyhow::Context;
use stack::hint::mendable;
use stack::postgres;

use super::Migration;
use super::sql_text::words;
use crate::database::address::Address;
use crate::database::connect::connect;

/// Refuses migrations that create an extension which the server does not have.
pub async fn check(database: &Address, migrations: &[Migration]) -> anyhow::Result<()> {
    let created: Vec<(&Migration, String)> = migrations
        .iter()
        .flat_map(|migration| {
            extensions(&migration.sql)
                .into_iter()
                .map(move |name| (migration, name))
        })
        .collect();
    if created.is_empty() {
        return Ok(());
    }
    let client = connect(database, "migrate").await?;
    let rows = client
        .query("select name::text from pg_available_extensions", &[])
        .await;
    let available: Vec<String> = rows
        .context("list the available extensions")?
        .iter()
        .map(|row| row.get(0))
        .collect();
    match created.iter().find(|(_, name)| !available.contains(name)) {
        Some((migration, name)) => Err(not_available(name, &migration.name)),
        None => Ok(()),
    }
}

/// The one sentence about an extension that is not there.
pub fn not_available(extension: &str, migration: &str) -> anyhow::Error {
    mendable(
        format!(
            "apply `supabase/migrations/{migration}`: it creates the extension `{extension}`, which the embedded \
             PostgreSQL does not have"
        ),
        "run the command with `--target supabase`: the Docker stack of the Supabase CLI has all extensions",
    )
}

/// Lets `postgres` set the parameters of its own that the migrations set.
pub async fn allow_parameters(database: &Address, migrations: &[Migration]) -> anyhow::Result<()> {
    let mut names: Vec<String> = migrations
        .iter()
        .flat_map(|migration| parameters(&migration.sql))
        .collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Ok(());
    }
    let port = database.get_ports().first().copied().unwrap_or_default();
    postgres::allow_parameters(port, &names).await
}

/// The names after `create extension` at the top of a file; what stands in a block may be conditional.
fn extensions(sql: &str) -> Vec<String> {
    let words = words(sql);
    let is = |at: usize, word: &str| words.get(at).is_some_and(|found| found == word);
    let starts = (0..words.len()).filter(|&at| is(at, "create") && is(at + 1, "extension"));
    starts
        .filter_map(|at| {
            let is_conditional = is(at + 2, "if") && is(at + 3, "not") && is(at + 4, "exists");
            words.get(if is_conditional { at + 5 } else { at + 2 }).cloned()
        })
        .collect()
}

/// The custom parameters (`app.settings.x`, `pgrst.db_schemas`) that a file sets, in blocks too.
fn parameters(sql: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || "._\"".contains(c);
    let words: Vec<&str> = sql
        .split(|c: char| !is_name(c))
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .filter(|pair| pair[0].eq_ignore_ascii_case("set"))
        .map(|pair| pair[1].replace('"', "").to_lowercase())
        .filter(|name| name.starts_with("app.") || name.starts_with("pgrst."))
        .collect()
}

#[cfg(test)]
mod tests {
    use stack::hint::hints;

    use super::*;

    #[test]
    fn extensions_at_the_top_are_found() {
        let check = |sql: &str, expect: &[&str]| assert_eq!(extensions(sql), expect, "{sql}");
        check("create extension postgis;", &["postgis"]);
        check(
            "CREATE EXTENSION IF NOT EXISTS \"vector\" WITH SCHEMA extensions;",
            &["vector"],
        );
        check(
            "select 1; create extension a; create extension if not exists b;",
            &["a", "b"],
        );
        check(
            "-- create extension postgis;\ndo $$ begin create extension vector; end $$;",
            &[],
        );
        check("drop extension postgis; create table extension (id int)", &[]);
    }

    #[test]
    fn custom_parameters_are_found_in_blocks_too() {
        let check = |sql: &str, expect: &[&str]| assert_eq!(parameters(sql), expect, "{sql}");
        check(
            "alter database postgres set \"app.settings.jwt_secret\" to 'x';",
            &["app.settings.jwt_secret"],
        );
        check(
            "do $$ begin alter role authenticator SET pgrst.db_schemas = 'a'; end $$",
            &["pgrst.db_schemas"],
        );
        check("set search_path = public; update t set a.b = 1", &[]);
    }

    #[test]
    fn the_sentence_names_extension_migration_and_way_out() {
        let error = not_available("postgis", "1_maps.sql");
        for word in ["postgis", "1_maps.sql"] {
            assert!(error.to_string().contains(word));
        }
        assert!(hints(&error)[0].contains("--target supabase"));
    }
}
