//! What can be wrong with users, read from `rules/*.sql`.
//!
//! A rule is a headline (`-- rule NAME: what is wrong`), what can be done (`-- fix:`, `-- fix of test users:`,
//! `-- by hand:`, `-- no fault of others:`), a query that gives the ids of the users and a detail, and after `-- mend` the statements
//! that put it right for the ids in `$1`. `-- each:` repeats it for those of the columns that the database has, with a
//! value; `-- quietly` keeps the project's triggers from firing, where what is written is Auth's business alone.

use super::shape::Shape;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How programs call it.
    pub name: &'static str,
    /// What is wrong, in words.
    pub problem: &'static str,
    /// What `--fix` does; not there where it does nothing.
    pub fix: Option<Fix>,
    /// What people can do about users whom `--fix` leaves alone.
    pub by_hand: Option<&'static str>,
    /// Why it is no fault of users who are not test users.
    pub no_fault: Option<&'static str>,
    /// Whether the project's triggers are kept from firing.
    pub is_quiet: bool,
    /// How `--fix` does it.
    pub mend: Mend,
    each: Vec<Item>,
    find: String,
}

/// What `--fix` does, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fix {
    /// In words.
    pub text: &'static str,
    /// Whether users of other people are left alone, since it could change what they may do.
    pub only_test_users: bool,
}

/// How a rule is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// Not at all.
    Not,
    /// By statements, each with the ids of the users as `$1`.
    Statements,
    /// By the row that the project keeps for each user.
    Profile,
    /// By the test password, through the Auth admin API.
    Password,
}

/// A column that a rule is repeated for, and the value that it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    path: &'static str,
    value: &'static str,
}

/// A rule, asked of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// A query with two columns: who, and a detail.
    pub find: String,
    /// What mends it.
    pub statements: Vec<String>,
}

impl Rule {
    /// What to ask; nothing where the database has none of the columns.
    ///
    /// # Errors
    /// Why it cannot be asked of this database.
    pub fn questions(&self, shape: &Shape) -> Result<Vec<Question>, String> {
        let (find, mend) = self.find.split_once(MEND).unwrap_or((&self.find, ""));
        let question = |table: &str, column: &str, value: &str| {
            let fill = |sql: &str| {
                let sql = sql.replace("{table}", table).replace("{column}", column);
                shape.expand(&sql.replace("{value}", value))
            };
            let statements = mend.split(";\n").map(str::trim).filter(|sql| !sql.is_empty());
            Ok(Question {
                find: fill(find.trim().trim_end_matches(';'))?,
                statements: statements.map(fill).collect::<Result<_, String>>()?,
            })
        };
        if self.each.is_empty() {
            return Ok(vec![question("", "", "")?]);
        }
        let columns = self.each.iter().flat_map(|item| {
            let found = shape.columns(item.path).into_iter();
            found.map(|(table, column)| (table, column, item.value))
        });
        columns
            .map(|(table, column, value)| question(&table, &column, value))
            .collect()
    }
}

const MEND: &str = "-- mend\n";

const FILES: [&str; 4] = [
    include_str!("rules/orphans.sql"),
    include_str!("rules/users.sql"),
    include_str!("rules/identities.sql"),
    include_str!("rules/profiles.sql"),
];

/// All rules, in the order in which they are mended: what a later one needs is right by then.
pub fn all() -> impl Iterator<Item = Rule> {
    FILES.into_iter().flat_map(parse)
}

fn parse(file: &'static str) -> impl Iterator<Item = Rule> {
    file.split("-- rule ").skip(1).map(|section| {
        let (head, body) = section.split_once('\n').unwrap_or((section, ""));
        let (name, problem) = head.split_once(": ").unwrap_or((head, ""));
        let mut rule = Rule {
            name,
            problem,
            fix: None,
            by_hand: None,
            no_fault: None,
            is_quiet: false,
            mend: Mend::Not,
            each: Vec::new(),
            find: String::new(),
        };
        body.lines().for_each(|line| rule.read(line));
        rule
    })
}

impl Rule {
    fn read(&mut self, line: &'static str) {
        let Some(comment) = line.trim_start().strip_prefix("-- ") else {
            self.find += line;
            self.find += "\n";
            return;
        };
        let fix = |text, only_test_users| {
            Some(Fix {
                text,
                only_test_users,
            })
        };
        match comment.split_once(": ").unwrap_or((comment, "")) {
            ("fix", text) => self.fix = fix(text, false),
            ("fix of test users", text) => self.fix = fix(text, true),
            ("by hand", text) => self.by_hand = Some(text),
            ("no fault of others", text) => self.no_fault = Some(text),
            ("quietly", _) => self.is_quiet = true,
            ("each", items) => self.each.extend(items.split(", ").map(Item::parse)),
            ("mend", _) => {
                self.mend = Mend::Statements;
                self.find += MEND;
            }
            ("mend by the profile", _) => self.mend = Mend::Profile,
            ("mend by the test password", _) => self.mend = Mend::Password,
            // A reason, for those who read the file.
            _ => {}
        }
    }
}

impl Item {
    fn parse(text: &'static str) -> Item {
        let (path, value) = text.split_once(' ').unwrap_or((text, ""));
        Item { path, value }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const FILE: &str = "-- About.\n\n-- A reason.\n-- rule one: is off\n-- fix: puts it right\n-- quietly\n\
        -- each: auth.users.phone '', auth.users.karma 0\nselect id from {table} where {column} is null\n-- mend\n\
        update {table} set {column} = {value};\ncommit;\n\n-- rule two: is odd\n-- by hand: look at it\nselect 2;\n";

    #[test]
    fn a_rule_is_a_headline_what_to_do_and_statements() {
        let rules: Vec<Rule> = parse(FILE).collect();
        let [one, two] = rules.as_slice() else {
            panic!("{rules:?}")
        };
        assert_eq!((one.name, one.problem, one.is_quiet), ("one", "is off", true));
        let fix = Fix {
            text: "puts it right",
            only_test_users: false,
        };
        assert_eq!((one.fix, one.mend), (Some(fix), Mend::Statements));
        assert_eq!(
            (two.by_hand, two.fix, two.mend),
            (Some("look at it"), None, Mend::Not)
        );
    }

    #[test]
    fn a_rule_is_repeated_for_the_columns_that_there_are() {
        let shape = Shape::with_columns(&["auth.users.phone"]);
        let rules: Vec<Rule> = parse(FILE).collect();
        let expected = Question {
            find: "select id from auth.users where phone is null".into(),
            statements: vec!["update auth.users set phone = ''".into(), "commit".into()],
        };
        assert_eq!(rules[0].questions(&shape).unwrap(), [expected]);
        let expected = Question {
            find: "select 2".into(),
            statements: Vec::new(),
        };
        assert_eq!(rules[1].questions(&shape).unwrap(), [expected]);
    }

    #[test]
    fn every_rule_is_a_query_is_named_once_and_says_what_to_do() {
        let mut seen = HashSet::new();
        for rule in all() {
            assert!(rule.find.starts_with("select"), "{rule:?}");
            assert!(!rule.problem.is_empty() && seen.insert(rule.name), "{rule:?}");
            assert_eq!(rule.fix.is_some(), rule.mend != Mend::Not, "{rule:?}");
            assert!(rule.fix.is_some() || rule.by_hand.is_some(), "{rule:?}");
        }
    }
}
