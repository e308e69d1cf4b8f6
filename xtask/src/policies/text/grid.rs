//! Lines of words in columns, with colours.

use owo_colors::{OwoColorize, Style};

/// Blanks between two columns.
const GAP: usize = 2;

/// A word and how it looks.
#[derive(Debug, Clone)]
pub struct Word {
    /// What is read.
    pub text: String,
    style: Style,
}

impl Word {
    /// A word that looks like this.
    pub fn new(text: &str, style: Style) -> Word {
        Word {
            text: text.to_owned(),
            style,
        }
    }

    /// A word that looks like any other.
    pub fn plain(text: &str) -> Word {
        Word::new(text, Style::new())
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// The lines, a headline first.
pub struct Grid {
    lines: Vec<Vec<Word>>,
}

impl Grid {
    /// A grid with this headline and no other line.
    pub fn new(head: Vec<Word>) -> Grid {
        Grid { lines: vec![head] }
    }

    /// Adds a line with a word for each column.
    pub fn push(&mut self, line: Vec<Word>) {
        self.lines.push(line);
    }

    /// The lines as text. Blanks are outside of the colours, and none stand at the end of a line.
    pub fn text(&self) -> String {
        let width = |column: usize| {
            self.lines
                .iter()
                .map(|line| line[column].width())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.lines[0].len()).map(width).collect();
        let line = |words: &Vec<Word>| {
            let mut line = String::new();
            let mut blanks = 0;
            for (word, width) in words.iter().zip(&widths) {
                if !word.text.is_empty() {
                    line.push_str(&" ".repeat(blanks));
                    line.push_str(&word.text.style(word.style).to_string());
                    blanks = 0;
                }
                blanks += width - word.width() + GAP;
            }
            line + "\n"
        };
        self.lines.iter().map(line).collect()
    }
}
