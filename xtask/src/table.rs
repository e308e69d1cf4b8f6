//! Tables of text for people.

use std::ops::RangeBounds;

use comfy_table::{CellAlignment, Table, presets};

/// Lines with a headline, columns apart by blanks; those in `numbers` are flush right.
pub fn text(head: Vec<String>, rows: Vec<Vec<String>>, numbers: impl RangeBounds<usize>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(head);
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    for (at, column) in table.column_iter_mut().enumerate() {
        if numbers.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        // Blanks between columns, none before the first.
        column.set_padding((0, 2));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_flush_right() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            text(
                row(["table", "rows"]),
                vec![row(["contacts", "7"]), row(["tags", "1 200"])],
                1..2
            ),
            "table      rows\ncontacts      7\ntags      1 200\n"
        );
    }
}
