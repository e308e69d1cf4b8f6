//! The outermost words of an SQL file: no comments, no literals, no function bodies.

/// The words of `sql`, in lower case, as far as they stand at the top: `;` is a word of its own, a quoted identifier
/// is one without its quotes; comments, string literals and `$$` bodies are left out.
pub fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            '$' if word.is_empty() => dollar_body(rest).unwrap_or(0),
            '"' => {
                let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
                word.push_str(rest[1..end].trim_end_matches('"'));
                rest = &rest[end..];
                continue;
            }
            _ => 0,
        };
        if skipped > 0 || c.is_whitespace() || c == ';' {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word).to_lowercase());
            }
            if c == ';' {
                words.push(";".to_owned());
            }
            rest = &rest[skipped.max(c.len_utf8())..];
        } else {
            word.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    if !word.is_empty() {
        words.push(word.to_lowercase());
    }
    words
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
}
