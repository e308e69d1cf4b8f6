//! The outermost words and statements of an SQL file: no comments, no literals, no function bodies.

use std::ops::Range;

/// The words of `sql`, in lower case, as far as they stand at the top: `;` is a word of its own, a quoted identifier
/// is one without its quotes; comments, string literals and `$$` bodies are left out.
pub fn words(sql: &str) -> Vec<String> {
    lex(sql).into_iter().map(|(_, word)| word).collect()
}

/// Where the statements of `sql` are, each from its first word to before its `;`.
pub fn statements(sql: &str) -> Vec<Range<usize>> {
    let words = lex(sql);
    let groups = words.split_inclusive(|(_, word)| word == ";");
    groups
        .filter_map(|group| {
            let (start, first) = group.first()?;
            let end = group
                .last()
                .filter(|(_, word)| word == ";")
                .map_or(sql.len(), |(end, _)| *end);
            (first != ";").then_some(*start..end)
        })
        .collect()
}

/// The words with where they begin.
fn lex(sql: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut at, mut start) = (0, 0);
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        if word.is_empty() {
            start = at;
        }
        let skipped = match c {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '\'' => literal(rest, word.eq_ignore_ascii_case("e")),
            '$' if !word.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                dollar_body(rest).unwrap_or(0)
            }
            '"' => {
                let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
                word.push_str(rest[1..end].trim_end_matches('"'));
                at += end;
                continue;
            }
            _ => 0,
        };
        let ends_word = skipped > 0 || c.is_whitespace() || c == ';';
        if ends_word && !word.is_empty() {
            words.push((start, std::mem::take(&mut word).to_lowercase()));
        }
        if c == ';' {
            words.push((at, ";".to_owned()));
        } else if !ends_word {
            word.push(c);
        }
        at += skipped.max(c.len_utf8());
    }
    if !word.is_empty() {
        words.push((start, word.to_lowercase()));
    }
    words
}

/// The length of a string literal at the start of `text`; in `E'…'` a backslash escapes. (A doubled quote makes two
/// literals of one, which comes to the same.)
fn literal(text: &str, has_escapes: bool) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '\'' && !is_escaped;
        is_escaped = has_escapes && *c == '\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        match (text[at..].find("/*"), text[at..].find("*/")) {
            (Some(open), Some(close)) if open < close => (depth, at) = (depth + 1, at + open + 2),
            (_, Some(close)) if depth > 1 => (depth, at) = (depth - 1, at + close + 2),
            (_, Some(close)) => return at + close + 2,
            (_, None) => return text.len(),
        }
    }
}

/// The length of a `$tag$ … $tag$` body at the start of `text`.
fn dollar_body(text: &str) -> Option<usize> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[..end];
    tag[1..end - 1]
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then_some(())?;
    Some(
        text[end..]
            .find(tag)
            .map_or(text.len(), |close| end + close + end),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outermost_words_are_left() {
        let check = |sql: &str, expect: &str| assert_eq!(words(sql).join(" "), expect, "{sql}");
        check(
            "CREATE EXTENSION\n if not exists \"uuid-ossp\";",
            "create extension if not exists uuid-ossp ;",
        );
        check("-- create extension a\nselect 1; --b", "select 1 ;");
        check(
            "/* create /* nested */ extension */ select 'create extension it''s', 2",
            "select , 2",
        );
        check("do $$ begin create extension a; end $$; x", "do ; x");
        check("do $body$ a $$ b $$ $body$;y", "do ; y");
        check("select $1, 'open", "select $1,");
        check("select \"open", "select open");
    }

    #[test]
    fn statements_begin_at_their_first_word() {
        let check = |sql: &str, expect: &[&str]| {
            let found: Vec<&str> = statements(sql).into_iter().map(|range| &sql[range]).collect();
            assert_eq!(found, expect, "{sql}");
        };
        check(
            "-- a; b\nselect 'x;y';;\n\ninsert into \"t;\" values ($$;$$)",
            &["select 'x;y'", "insert into \"t;\" values ($$;$$)"],
        );
        check("select E'it\\'s; x'; b", &["select E'it\\'s; x'", "b"]);
        check(" ; ", &[]);
    }
}
