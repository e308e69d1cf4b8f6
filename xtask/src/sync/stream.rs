//! Rows on their way from one database to the other, with no file between.

use std::pin::pin;

use anyhow::{Context, Result, ensure};
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, TryStreamExt};
use tokio_postgres::{CopyInSink, Transaction};

use crate::database::carried::CarriedTable;

/// How much is handed on at once, in bytes: enough that messages cost nothing, little enough for any memory.
const CHUNK: usize = 64 * 1024;

/// Copies all rows of a table; `on_rows` hears how many more were sent. Gives their number.
///
/// # Errors
/// A side refuses a row or goes away: the transaction of the target cannot go on then.
pub async fn copy(
    source: &Transaction<'_>,
    target: &Transaction<'_>,
    table: &CarriedTable,
    on_rows: impl Fn(u64),
) -> Result<u64> {
    let title = table.title();
    let (name, columns) = (table.sql_name(), table.column_list());
    // As text: what the binary form has of an array names its type by a number that another database gives to another.
    let statement = format!("copy (select {columns} from {name}) to stdout");
    let rows = source.copy_out(&statement).await;
    let mut rows = pin!(rows.with_context(|| format!("read the rows of `{title}` from the source"))?);
    let statement = format!("copy {name} ({columns}) from stdin");
    let sink: CopyInSink<Bytes> = target
        .copy_in(&statement)
        .await
        .with_context(|| format!("write rows of `{title}` to the target"))?;
    let mut sink = pin!(sink);
    let (mut chunk, mut read, mut told) = (BytesMut::with_capacity(CHUNK), 0, 0);
    // The server sends a message for each row.
    while let Some(row) = rows
        .try_next()
        .await
        .with_context(|| format!("read the rows of `{title}` from the source"))?
    {
        chunk.extend_from_slice(&row);
        read += 1;
        if chunk.len() >= CHUNK {
            let sent = sink.send(chunk.split().freeze()).await;
            sent.with_context(|| format!("write rows of `{title}` to the target"))?;
            on_rows(read - told);
            told = read;
        }
    }
    let written = async {
        sink.send(chunk.freeze()).await?;
        sink.finish().await
    };
    let written = written
        .await
        .with_context(|| format!("write rows of `{title}` to the target"))?;
    on_rows(read - told);
    ensure!(
        written == read,
        "copy `{title}`: {written} of {read} rows arrived"
    );
    Ok(written)
}
