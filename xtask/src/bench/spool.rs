//! Bytes that wait in a temporary file until they are sent: any number of rows, in little memory.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};

use anyhow::{Context, Result};

/// Pieces of bytes in a file that has no name: the system removes it, however the process ends.
#[derive(Debug)]
pub struct Spool {
    file: File,
    pieces: Vec<usize>,
}

impl Spool {
    /// The pieces again, in their order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn pieces(&self) -> Result<impl Iterator<Item = Result<Vec<u8>>>> {
        let mut file = &self.file;
        file.rewind().context("read the temporary file of rows")?;
        Ok(self.pieces.iter().map(move |&length| {
            let mut piece = vec![0; length];
            file.read_exact(&mut piece)
                .context("read the temporary file of rows")?;
            Ok(piece)
        }))
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.pieces.iter().map(|&length| length as u64).sum()
    }
}

/// Takes the pieces of a [`Spool`].
#[derive(Debug)]
pub struct SpoolWriter {
    file: BufWriter<File>,
    pieces: Vec<usize>,
}

impl SpoolWriter {
    /// Makes the file.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written to.
    pub fn new() -> Result<Self> {
        let file = tempfile::tempfile().context("make a temporary file for rows")?;
        Ok(Self {
            file: BufWriter::new(file),
            pieces: Vec::new(),
        })
    }

    /// Appends a piece.
    ///
    /// # Errors
    /// The disk is full.
    pub fn push(&mut self, piece: &[u8]) -> Result<()> {
        self.pieces.push(piece.len());
        self.file
            .write_all(piece)
            .context("write rows to a temporary file")
    }

    /// Ends with all bytes in the file.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<Spool> {
        let file = self.file.into_inner().map_err(|error| error.into_error());
        Ok(Spool {
            file: file.context("write rows to a temporary file")?,
            pieces: self.pieces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_as_they_went_as_often_as_one_asks() {
        let mut writer = SpoolWriter::new().unwrap();
        let pieces = [b"one".to_vec(), Vec::new(), vec![7; 100_000]];
        for piece in &pieces {
            writer.push(piece).unwrap();
        }
        let spool = writer.finish().unwrap();
        assert_eq!(spool.bytes(), 100_003);
        for _ in 0..2 {
            let read: Vec<Vec<u8>> = spool.pieces().unwrap().map(Result::unwrap).collect();
            assert_eq!(read, pieces);
        }
    }
}
