//! SQL with the domain's names in braces, written out with the names of the live database.
//!
//! | placeholder | becomes |
//! |---|---|
//! | `{contacts}` | the table of contacts, its seeded rows only |
//! | `{met contacts}` | the same, with the rows that triggers made meanwhile |
//! | `{pipelined activities}` | the seeded rows of owners who had deals by then |
//! | `{contacts.email}` | the column of that field, quoted |
//! | `{opportunities.status:won}` | the label for `won` that this column takes, as a literal |
//! | `{only activities.status:completed}` | the same, where it is the label for nothing else |
//! | `{each o.opportunities.contact_ids}` | the elements of a JSON or SQL array of row `o`, as a set of texts |
//! | `{value as_of}` | a value of the run, as a literal |

use std::collections::BTreeMap;

use crate::database::name::literal;

/// What placeholders stand for in one database.
#[derive(Debug, Default)]
pub struct Names {
    /// What follows FROM, by the record's canonical name.
    pub tables: BTreeMap<String, String>,
    /// Columns by record and field.
    pub columns: BTreeMap<(String, String), ColumnName>,
    /// Values of the run.
    pub values: BTreeMap<&'static str, String>,
}

/// A column of the live database.
#[derive(Debug, Clone, Default)]
pub struct ColumnName {
    /// Its name, quoted.
    pub quoted: String,
    /// Whether it is an array of SQL; arrays are JSON otherwise.
    pub is_array: bool,
    /// Labels that stand for canonical ones, where they differ.
    pub labels: BTreeMap<String, String>,
}

impl ColumnName {
    /// What this column has for a canonical label.
    fn label<'a>(&'a self, ours: &'a str) -> &'a str {
        self.labels.get(ours).map_or(ours, String::as_str)
    }

    /// Another canonical label that it has the same for.
    fn namesake(&self, ours: &str) -> Option<&String> {
        let mut others = self.labels.iter().filter(|(other, _)| *other != ours);
        others.find_map(|(other, label)| (label == self.label(ours)).then_some(other))
    }
}

impl Names {
    /// Writes `template` out.
    ///
    /// # Errors
    /// The name that this database has no place for, in words.
    pub fn expand(&self, template: &str) -> Result<String, String> {
        let mut sql = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (placeholder, after) = after.split_once('}').ok_or("a brace is not closed")?;
            sql.push_str(before);
            sql.push_str(&self.placeholder(placeholder)?);
            rest = after;
        }
        sql.push_str(rest);
        Ok(sql)
    }

    fn placeholder(&self, text: &str) -> Result<String, String> {
        if let Some(name) = text.strip_prefix("value ") {
            return self
                .values
                .get(name)
                .cloned()
                .ok_or_else(|| format!("the run has no `{name}`"));
        }
        if let Some(path) = text.strip_prefix("each ") {
            let (row, field) = path.split_once('.').ok_or("`each` needs a row")?;
            let column = self.column(field)?;
            let value = format!("{row}.{}", column.quoted);
            return Ok(if column.is_array {
                format!("unnest({value}::text[])")
            } else {
                format!("jsonb_array_elements_text({value}::jsonb)")
            });
        }
        if let Some((field, label)) = text.split_once(':') {
            let (field, is_alone) = match field.strip_prefix("only ") {
                Some(field) => (field, true),
                None => (field, false),
            };
            let column = self.column(field)?;
            return match column.namesake(label) {
                Some(other) if is_alone => Err(format!("`{label}` and `{other}` are the same in {field}")),
                _ => Ok(literal(column.label(label))),
            };
        }
        if text.contains('.') {
            return Ok(self.column(text)?.quoted.clone());
        }
        self.tables
            .get(text)
            .cloned()
            .ok_or_else(|| format!("no table holds {text}"))
    }

    /// The column of a field, as in `contacts.email`.
    ///
    /// # Errors
    /// There is none, in words.
    pub fn column(&self, path: &str) -> Result<&ColumnName, String> {
        let (record, field) = path
            .split_once('.')
            .ok_or_else(|| format!("`{path}` is no field"))?;
        if !self.tables.contains_key(record) {
            return Err(format!("no table holds {record}"));
        }
        let found = self.columns.get(&(record.to_owned(), field.to_owned()));
        found.ok_or_else(|| format!("no column holds {path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let column = |quoted: &str, is_array| ColumnName {
            quoted: quoted.into(),
            is_array,
            ..ColumnName::default()
        };
        let labels = [("won", "Won it"), ("open", "Open"), ("stalled", "Open")];
        let labels = labels
            .map(|(ours, label)| (ours.to_owned(), label.to_owned()))
            .into();
        let key = |field: &str| ("opportunities".to_owned(), field.to_owned());
        Names {
            tables: BTreeMap::from([("opportunities".to_owned(), "\"public\".\"deals\"".to_owned())]),
            columns: BTreeMap::from([
                (
                    key("status"),
                    ColumnName {
                        labels,
                        ..column("\"state\"", false)
                    },
                ),
                (key("contact_ids"), column("\"contactIds\"", true)),
                (key("participants"), column("\"people\"", false)),
            ]),
            values: BTreeMap::from([("as_of", "'2026-11-23'".to_owned())]),
        }
    }

    #[track_caller]
    fn check(template: &str, expected: Result<&str, &str>) {
        let expanded = names().expand(template);
        assert_eq!(expanded.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn names_of_the_live_database_take_the_place_of_the_domains() {
        check(
            "select 1 from {opportunities} o where o.{opportunities.status} = {opportunities.status:won}",
            Ok("select 1 from \"public\".\"deals\" o where o.\"state\" = 'Won it'"),
        );
        check("{opportunities.status:lost}", Ok("'lost'"));
        check(
            "{each o.opportunities.contact_ids}",
            Ok("unnest(o.\"contactIds\"::text[])"),
        );
        check(
            "{each o.opportunities.participants}",
            Ok("jsonb_array_elements_text(o.\"people\"::jsonb)"),
        );
        check("< {value as_of}", Ok("< '2026-11-23'"));
    }

    #[test]
    fn what_the_database_lacks_is_named() {
        check("select 1 from {tasks}", Err("no table holds tasks"));
        check(
            "{opportunities.amount}",
            Err("no column holds opportunities.amount"),
        );
        check("{tasks.title}", Err("no table holds tasks"));
        check("{only opportunities.status:won}", Ok("'Won it'"));
        check("{opportunities.status:open}", Ok("'Open'"));
        check(
            "{only opportunities.status:open}",
            Err("`open` and `stalled` are the same in opportunities.status"),
        );
    }
}
