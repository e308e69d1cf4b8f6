//! Streams rows into a table by `COPY … BINARY`, in chunks whose buffers are used again.

use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures_util::SinkExt;
use seed_core::catalog::{Identity, Table};
use seed_core::plan::{HEADER, TRAILER, TablePlan};
use sha2::{Digest, Sha256};
use tokio_postgres::{CopyInSink, Transaction};

use super::name::{literal, qualified, quoted};

/// Rows encoded at once: some hundred kilobytes, in about a millisecond.
const ROWS_PER_CHUNK: u64 = 1000;

/// Copies all rows of a table; gives their SHA-256, in hexadecimal.
///
/// # Errors
/// The database refuses a row, or the connection ends; the transaction cannot go on then.
pub async fn copy_table(transaction: &Transaction<'_>, table: &TablePlan) -> Result<String> {
    let doing = || format!("copy rows into `{}`", table.name());
    let sink: CopyInSink<Bytes> = transaction
        .copy_in(&table.copy_statement())
        .await
        .with_context(doing)?;
    let mut sink = std::pin::pin!(sink);
    let (mut buffers, mut hash) = (Buffers::default(), Sha256::new());
    let rows = table.row_count();
    sink.send(Bytes::from_static(&HEADER)).await.with_context(doing)?;
    for start in (0..rows).step_by(ROWS_PER_CHUNK as usize) {
        let mut buffer = buffers.take();
        table.encode_binary(start..rows.min(start + ROWS_PER_CHUNK), &mut buffer);
        hash.update(&buffer);
        // The connection's own task writes to the socket while the next chunk is encoded.
        sink.send(buffers.lend(buffer)).await.with_context(doing)?;
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

/// Sets the sequences behind the columns of a table that number themselves past the highest value in them.
///
/// # Errors
/// The database refuses.
pub async fn advance_sequences(transaction: &Transaction<'_>, table: &Table) -> Result<()> {
    let name = qualified(&table.schema, &table.name);
    for column in table
        .columns
        .iter()
        .filter(|column| column.identity != Identity::No)
    {
        let doing = || format!("set the sequence of `{}.{}`", table.name, column.name);
        let row = transaction
            .query_one("select pg_get_serial_sequence($1, $2)", &[&name, &column.name])
            .await;
        let Some(sequence) = row.with_context(doing)?.get::<_, Option<String>>(0) else {
            continue;
        };
        let highest = format!("select max({}) as value from {name}", quoted(&column.name));
        let sql = format!(
            "select setval({}, value) from ({highest}) highest where value >= (select last_value from {sequence})",
            literal(&sequence)
        );
        transaction.batch_execute(&sql).await.with_context(doing)?;
    }
    Ok(())
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
