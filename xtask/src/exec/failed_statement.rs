//! Where in a migration the Supabase CLI failed.
//!
//! The CLI names neither file nor line: it quotes the statement up to the line of the error, with a caret below.

/// What the CLI says about a statement that the database refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStatement {
    /// What PostgreSQL says, on one line, without `ERROR:`.
    pub message: String,
    /// Its code, as `42601`.
    pub sqlstate: Option<String>,
    /// PostgreSQL's detail and hint, if any.
    pub detail: Option<String>,
    /// The statement as far as it is quoted.
    pub statement: Option<String>,
    /// Whether the quote ends at the line of the error.
    pub is_cut: bool,
}

impl FailedStatement {
    /// Reads the CLI's message.
    pub fn parse(text: &str) -> Self {
        let (said, quote) = text
            .split_once("\nAt statement: ")
            .map_or((text, None), |(said, at)| {
                (said, at.split_once('\n').map(|(_, quote)| quote))
            });
        let (first, detail) = said.split_once('\n').unwrap_or((said, ""));
        let first = first.trim().trim_start_matches("ERROR: ");
        let (message, sqlstate) = match first.rsplit_once(" (SQLSTATE ") {
            Some((message, code)) => (message, Some(code.trim_end_matches(')').to_owned())),
            None => (first, None),
        };
        let caret = quote.and_then(|quote| quote.trim_end().strip_suffix('^'));
        let statement = caret
            .map(|cut| cut.trim_end())
            .or(quote.map(str::trim_end))
            .map(str::to_owned);
        let detail = detail
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        Self {
            message: message.to_owned(),
            sqlstate,
            detail: (!detail.is_empty()).then_some(detail),
            statement,
            is_cut: caret.is_some(),
        }
    }

    /// The line of `file`, counted from 1, at which the statement failed; where PostgreSQL does not say, at which
    /// it begins.
    pub fn line_in(&self, file: &str) -> Option<usize> {
        let file = file.replace("\r\n", "\n");
        let statement = self.statement.as_deref()?.replace("\r\n", "\n");
        let start = file.find(statement.trim_start())?;
        let begin = file[..start].matches('\n').count() + 1;
        let quoted: Vec<&str> = statement.trim_start().lines().collect();
        Some(
            begin
                + if self.is_cut {
                    quoted.len() - 1
                } else {
                    comments_before(&quoted)
                },
        )
    }

    /// The statement on one line, without comments before it and not too long to be read.
    pub fn excerpt(&self) -> Option<String> {
        const LONGEST: usize = 120;
        let lines: Vec<&str> = self.statement.as_deref()?.trim_start().lines().collect();
        let words: Vec<&str> = lines[comments_before(&lines)..]
            .iter()
            .flat_map(|line| line.split_whitespace())
            .collect();
        let text = words.join(" ");
        Some(match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        })
    }
}

/// How many lines of comments and nothing stand before the first word of the statement.
fn comments_before(lines: &[&str]) -> usize {
    let is_comment = |line: &&&str| line.trim().is_empty() || line.trim_start().starts_with("--");
    let comments = lines.iter().take_while(is_comment).count();
    if comments == lines.len() { 0 } else { comments }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        said: &str,
        file: &str,
        expect_line: Option<usize>,
        expect_excerpt: Option<&str>,
    ) -> FailedStatement {
        let failed = FailedStatement::parse(said);
        assert_eq!(failed.line_in(file), expect_line, "{said}");
        assert_eq!(failed.excerpt().as_deref(), expect_excerpt, "{said}");
        failed
    }

    // The messages are those of the CLI 3.1.0; 2.122 says the same.

    #[test]
    fn a_syntax_error_is_found_at_its_line() {
        let said = "ERROR: syntax error at or near \"tabel\" (SQLSTATE 42601)\nAt statement: 1\ncreate tabel pages (id int)\n       ^";
        let file = "create table notebooks (id int primary key);\n\ncreate tabel pages (id int);\n";
        let failed = check(said, file, Some(3), Some("create tabel pages (id int)"));
        assert_eq!(failed.message, "syntax error at or near \"tabel\"");
        assert_eq!(failed.sqlstate.as_deref(), Some("42601"));
    }

    #[test]
    fn an_error_inside_a_statement_is_found_at_its_own_line() {
        let said = "ERROR: type \"txt\" does not exist (SQLSTATE 42704)\n\nHint: This type may be defined elsewhere.\n      \
                    Use schema-qualified references.\nAt statement: 0\n-- comment\ncreate table n2 (\n  id int,\n  name txt\n       ^";
        let file = "-- comment\r\ncreate table n2 (\r\n  id int,\r\n  name txt\r\n);\r\n";
        let failed = check(said, file, Some(4), Some("create table n2 ( id int, name txt"));
        let detail = "Hint: This type may be defined elsewhere. Use schema-qualified references.";
        assert_eq!(failed.detail.as_deref(), Some(detail));
    }

    #[test]
    fn an_error_without_a_place_is_found_where_its_statement_begins() {
        let said = "ERROR: duplicate key value violates unique constraint \"n2_name_key\" (SQLSTATE 23505)\nKey (name)=(x) \
                    already exists.\nAt statement: 1\n-- rows\ninsert into n2 values (1,'x'),\n   (1,'x')";
        let file = "create table n2 ();\n\n\n-- rows\ninsert into n2 values (1,'x'),\n   (1,'x');\n";
        let failed = check(
            said,
            file,
            Some(5),
            Some("insert into n2 values (1,'x'), (1,'x')"),
        );
        assert_eq!(failed.detail.as_deref(), Some("Key (name)=(x) already exists."));
    }

    #[test]
    fn a_message_without_a_statement_has_no_place() {
        let failed = check(
            "ERROR: relation \"nope\" does not exist (SQLSTATE 42P01)",
            "insert into nope;",
            None,
            None,
        );
        assert_eq!(failed.message, "relation \"nope\" does not exist");
        let failed = check("failed to connect: dial error", "", None, None);
        assert_eq!(
            (failed.message.as_str(), failed.sqlstate),
            ("failed to connect: dial error", None)
        );
    }

    #[test]
    fn a_long_statement_is_cut() {
        let failed = FailedStatement::parse(&format!(
            "ERROR: x\nAt statement: 0\nselect '{}'",
            "ä".repeat(500)
        ));
        assert_eq!(failed.excerpt().unwrap().chars().count(), 121);
    }
}
