//! What a database holds, so that two moments can be compared.

use std::collections::BTreeMap;

use tokio_postgres::Client;

/// Every row of the project's tables, and where every sequence stands.
pub async fn content(client: &Client) -> BTreeMap<String, String> {
    let tables = "select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('public', 'auth', 'seedbed')";
    let mut content = BTreeMap::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = format!("select coalesce(string_agg(t::text, ' ' order by t::text), '') from {table} t");
        content.insert(table, client.query_one(&rows, &[]).await.unwrap().get(0));
    }
    let sequences = "select format('%I.%I', schemaname, sequencename), coalesce(last_value::text, 'new')
        from pg_sequences";
    for sequence in client.query(sequences, &[]).await.unwrap() {
        content.insert(sequence.get(0), sequence.get(1));
    }
    content
}
