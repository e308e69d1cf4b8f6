//! What a database holds, so that two moments can be compared.

use std::collections::BTreeMap;

use tokio_postgres::Client;

/// Every row of the project's tables, and what every sequence would give next.
pub async fn content(client: &Client) -> BTreeMap<String, String> {
    let tables = "select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('public', 'auth', 'seedbed')";
    let mut content = BTreeMap::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = format!("select coalesce(string_agg(t::text, ' ' order by t::text), '') from {table} t");
        content.insert(table, client.query_one(&rows, &[]).await.unwrap().get(0));
    }
    let sequences = "select format('%I.%I', schemaname, sequencename) from pg_sequences";
    for sequence in client.query(sequences, &[]).await.unwrap() {
        let sequence: String = sequence.get(0);
        let next = format!(
            "select (case when is_called then last_value + 1 else last_value end)::text from {sequence}"
        );
        content.insert(sequence, client.query_one(&next, &[]).await.unwrap().get(0));
    }
    content
}

/// The tables and sequences that are not what they were.
pub fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let names = before.keys().chain(after.keys());
    let mut changed: Vec<String> = names
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect();
    changed.sort();
    changed.dedup();
    changed
}
