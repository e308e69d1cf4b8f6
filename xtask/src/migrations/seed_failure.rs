//! Which statement of a seed file failed: the Supabase CLI does not say.

use futures_util::TryStreamExt;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::ErrorPosition;

use super::sql_text::{statements, words};
use crate::database::address::Address;
use crate::database::connect::connect;

/// A statement and the line that it begins at, counted from 1.
pub struct Place {
    pub line: usize,
    pub statement: String,
}

/// Runs the file once more in a transaction that is rolled back, and gives the statement that fails. A file with
/// transactions of its own is not run: it could not be taken back.
pub async fn find(database: &Address, sql: &str) -> Option<Place> {
    let has_transactions = words(sql)
        .iter()
        .any(|word| ["begin", "commit", "end", "start"].contains(&word.as_str()));
    if has_transactions {
        return None;
    }
    let client = connect(database, "migrate").await.ok()?;
    client.batch_execute("begin").await.ok()?;
    let mut done = 0;
    let mut answers = Box::pin(client.simple_query_raw(sql).await.ok()?);
    let error = loop {
        match answers.try_next().await {
            Ok(Some(SimpleQueryMessage::CommandComplete(_))) => done += 1,
            Ok(Some(_)) => (),
            Ok(None) => return None,
            Err(error) => break error,
        }
    };
    let statements = statements(sql);
    let range = match error.as_db_error()?.position() {
        Some(ErrorPosition::Original(position)) => {
            let offset = sql
                .char_indices()
                .nth(*position as usize - 1)
                .map_or(sql.len(), |(offset, _)| offset);
            statements.into_iter().rfind(|range| range.start <= offset)
        }
        // The connection ends with the client, and the transaction with it.
        _ => statements.into_iter().nth(done),
    };
    range.map(|range| Place {
        line: sql[..range.start].matches('\n').count() + 1,
        statement: sql[range].to_owned(),
    })
}
