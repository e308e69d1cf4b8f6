//! Streams rows into a table by `COPY … BINARY`, in chunks whose buffers are used again.

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures_util::SinkExt;
use seed_core::plan::{HEADER, TRAILER, TablePlan};
use sha2::{Digest, Sha256};
use tokio_postgres::{CopyInSink, Transaction};

/// Rows encoded at once: some hundred kilobytes, in about a millisecond.
pub const ROWS_PER_CHUNK: u64 = 1000;

/// Copies rows `range` of a table; gives their SHA-256, in hexadecimal. `on_rows` hears how many more were sent.
///
/// # Errors
/// The database refuses a row, or the connection ends; the transaction cannot go on then.
pub async fn copy_rows(
    transaction: &Transaction<'_>,
    table: &TablePlan,
    range: Range<u64>,
    on_rows: impl Fn(u64),
) -> Result<String> {
    copy(transaction, &table.copy_statement(), table, range, on_rows).await
}

/// Copies rows as [`copy_rows`] does, but leaves out those that a unique key refuses, because triggers made their
/// like already; gives the hash of all and the number of those that were written.
///
/// # Errors
/// The database refuses a row for another reason, or the connection ends.
pub async fn copy_missing_rows(
    transaction: &Transaction<'_>,
    table: &TablePlan,
    range: Range<u64>,
    on_rows: impl Fn(u64),
) -> Result<(String, u64)> {
    let doing = || format!("copy rows into `{}`", table.name());
    let (live, columns) = (table.binding().sql_name(), table.column_list());
    let stage =
        format!("create temp table {STAGE} on commit drop as select {columns} from {live} with no data");
    transaction.batch_execute(&stage).await.with_context(doing)?;
    let statement = format!("copy {STAGE} ({columns}) from stdin (format binary)");
    let digest = copy(transaction, &statement, table, range, on_rows).await?;
    let insert = format!(
        "insert into {live} ({columns}) overriding system value select {columns} from {STAGE} on conflict do nothing"
    );
    let written = transaction.execute(&insert, &[]).await.with_context(doing)?;
    let drop = format!("drop table {STAGE}");
    transaction.batch_execute(&drop).await.with_context(doing)?;
    Ok((digest, written))
}

/// Where rows wait that may be there already.
const STAGE: &str = "pg_temp.seedbed_stage";

async fn copy(
    transaction: &Transaction<'_>,
    statement: &str,
    table: &TablePlan,
    range: Range<u64>,
    on_rows: impl Fn(u64),
) -> Result<String> {
    let doing = || format!("copy rows into `{}`", table.name());
    let sink: CopyInSink<Bytes> = transaction.copy_in(statement).await.with_context(doing)?;
    let mut sink = std::pin::pin!(sink);
    let (mut buffers, mut hash) = (Buffers::default(), Sha256::new());
    let rows = range.end - range.start;
    sink.send(Bytes::from_static(&HEADER)).await.with_context(doing)?;
    for start in range.clone().step_by(ROWS_PER_CHUNK as usize) {
        let chunk = start..range.end.min(start + ROWS_PER_CHUNK);
        let mut buffer = buffers.take();
        table.encode_binary(chunk.clone(), &mut buffer);
        hash.update(&buffer);
        // The connection's own task writes to the socket while the next chunk is encoded.
        sink.send(buffers.lend(buffer)).await.with_context(doing)?;
        on_rows(chunk.end - chunk.start);
    }
    sink.send(Bytes::from_static(&TRAILER))
        .await
        .with_context(doing)?;
    let copied = sink.finish().await.with_context(doing)?;
    ensure!(
        copied == rows,
        "copy rows into `{}`: {copied} of {rows} arrived",
        table.name()
    );
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Buffers that come home when the connection has sent them.
struct Buffers {
    home: Receiver<Vec<u8>>,
    address: Sender<Vec<u8>>,
}

impl Default for Buffers {
    fn default() -> Self {
        let (address, home) = channel();
        Buffers { home, address }
    }
}

impl Buffers {
    /// An empty buffer, with room where one has come home.
    fn take(&mut self) -> Vec<u8> {
        let mut buffer = self.home.try_recv().unwrap_or_default();
        buffer.clear();
        buffer
    }

    /// Gives a buffer away until it was sent.
    fn lend(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent {
            buffer,
            address: self.address.clone(),
        })
    }
}

struct Lent {
    buffer: Vec<u8>,
    address: Sender<Vec<u8>>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Nobody is at home any more when the copy has failed.
        let _ = self.address.send(std::mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_was_sent_is_used_again() {
        let mut buffers = Buffers::default();
        let mut buffer = buffers.take();
        assert_eq!(buffer.capacity(), 0);
        buffer.extend_from_slice(&[7; 1000]);
        let lent = buffers.lend(buffer);
        assert_eq!(lent[..], [7; 1000]);
        assert_eq!(buffers.take().capacity(), 0, "it is still under way");
        drop(lent);
        let again = buffers.take();
        assert!(again.is_empty() && again.capacity() >= 1000);
    }
}
