//! Columns whose values the database makes up itself: by the clock, or at random.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Calls that give another value each time, as people and PostgreSQL write them.
const UNSTEADY: &str = r#"(?i)\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|gen_random_uuid|uuidv[47]|uuid_generate_v[14]m?c?|random|gen_random_bytes|txid_current|pg_current_xact_id)"?\s*\(|\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b|'now'"#;

static IS_UNSTEADY: LazyLock<Regex> = LazyLock::new(|| Regex::new(UNSTEADY).expect("a valid expression"));
static COMMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"--[^\n]*|(?s:/\*.*?\*/)").expect("a valid expression"));
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bnew\s*\.\s*("[^"]+"|\w+)\s*:?=([^;]*)"#).expect("a valid expression")
});
static INTO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bselect\b([^;]*?)\binto\s+new\s*\.\s*("[^"]+"|\w+)"#).expect("a valid expression")
});

/// Whether an expression of SQL gives another value each time.
pub fn is_unsteady(expression: &str) -> bool {
    IS_UNSTEADY.is_match(expression)
}

/// The columns that the function of a trigger sets by the clock or at random, read from its text, or from the argument that
/// the extension `moddatetime` takes.
pub fn set_by(function: &str, source: &str, arguments: &[String]) -> Vec<String> {
    if function == "moddatetime" {
        return arguments.iter().take(1).cloned().collect();
    }
    let source = COMMENT.replace_all(source, " ");
    let assigned = ASSIGNED
        .captures_iter(&source)
        .filter(|found| is_unsteady(&found[2]))
        .map(|found| column(&found[1]));
    let selected = INTO
        .captures_iter(&source)
        .filter(|found| is_unsteady(&found[1]))
        .map(|found| column(&found[2]));
    assigned.chain(selected).collect()
}

/// A name as the catalog has it.
fn column(written: &str) -> String {
    match written.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(name) => name.to_owned(),
        None => written.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_by_the_clock_and_at_random_are_known() {
        for default in [
            "now()",
            "CURRENT_TIMESTAMP",
            "timezone('utc'::text, now())",
            "CURRENT_DATE",
            "gen_random_uuid()",
            "extensions.uuid_generate_v4()",
            "(random() * (10)::double precision)",
        ] {
            assert!(is_unsteady(default), "{default}");
        }
        for default in [
            "'known'::text",
            "nextval('public.sales_id_seq'::regclass)",
            "private.sales_id()",
            "'{}'::text[]",
        ] {
            assert!(!is_unsteady(default), "{default}");
        }
    }

    #[test]
    fn what_a_trigger_sets_by_the_clock_is_read_from_its_function() {
        let set = |source: &str| set_by("touch", source, &[]);
        assert_eq!(
            set("begin new.updated_at := now(); return new; end"),
            ["updated_at"]
        );
        assert_eq!(
            set("NEW.\"updatedAt\" = timezone('utc', now()); new.Seen := current_timestamp;"),
            ["updatedAt", "seen"]
        );
        assert_eq!(set("select clock_timestamp() into new.seen_at;"), ["seen_at"]);
        assert!(
            set("new.name := trim(new.name); -- new.at := now()\nif now() > new.due then end if;").is_empty()
        );
        assert_eq!(
            set_by("moddatetime", "moddatetime", &["changed".into(), String::new()]),
            ["changed"]
        );
    }
}
