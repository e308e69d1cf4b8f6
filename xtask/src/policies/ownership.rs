//! Whose a row is: the column that says so, found in the live catalog.

use seed_core::catalog::{Catalog, ColumnType, ForeignKey, Table};

use super::exposed::Exposed;
use super::matrix::RelationKind;
use crate::database::name::quoted;
use crate::users::profile::ProfileTable;
use crate::verify::names::{OwnerColumn, TableName};

/// Names that projects give to such a column, the likeliest first, as [`plain`] makes them.
const NAMES: &[&str] = &[
    "userid",
    "ownerid",
    "assignedto",
    "owner",
    "salesid",
    "profileid",
    "createdby",
    "authorid",
];

/// As a policy asks for the user, by itself and in a subquery, which is asked only once.
const USER: [&str; 2] = ["auth.uid()", "( SELECT auth.uid() AS uid)"];

/// The column of each relation that says whose a row is, in their order; `bound` are the tables that hold records.
pub fn columns(relations: &[Exposed], catalog: &Catalog, bound: &[TableName]) -> Vec<Option<OwnerColumn>> {
    let profiles = ProfileTable::find(catalog);
    let of_table = |relation: &Exposed| {
        let is_it = |schema: &str, name: &str| schema == relation.schema && name == relation.name;
        let told = bound.iter().find(|table| is_it(&table.schema, &table.name));
        if let Some(owner) = told.and_then(|table| table.owner.clone()) {
            return Some(owner);
        }
        if let Some(profiles) = profiles.as_ref().filter(|it| is_it(it.schema(), it.name())) {
            return Some(OwnerColumn {
                name: profiles.user_column().to_owned(),
                is_user_id: true,
            });
        }
        let table = catalog
            .tables
            .iter()
            .find(|table| is_it(&table.schema, &table.name))?;
        by_key(table, profiles.as_ref())
            .or_else(|| by_policy(relation))
            .or_else(|| by_name(relation))
    };
    let tables: Vec<Option<OwnerColumn>> = relations.iter().map(of_table).collect();
    let in_use = |view: &Exposed| {
        // The likeliest name first, then as the tables have it.
        let mut found: Vec<&OwnerColumn> = relations
            .iter()
            .zip(&tables)
            .filter_map(|(table, owner)| {
                let owner = owner.as_ref()?;
                let here = view.column(&owner.name)?;
                (here.type_name == table.column(&owner.name)?.type_name).then_some(owner)
            })
            .collect();
        found.sort_by_key(|owner| likelihood(&owner.name));
        found
            .first()
            .map(|owner| (*owner).clone())
            .or_else(|| by_name(view))
    };
    let of_each = relations.iter().zip(&tables);
    of_each
        .map(|(relation, owner)| match relation.kind {
            RelationKind::Table => owner.clone(),
            RelationKind::View | RelationKind::MaterializedView => in_use(relation),
        })
        .collect()
}

/// The column of a table that says whose a row is, by its keys or else by its name.
pub fn of_table(table: &Table, profiles: Option<&ProfileTable<'_>>) -> Option<OwnerColumn> {
    let is_profiles = |it: &&ProfileTable<'_>| (it.schema(), it.name()) == (&*table.schema, &*table.name);
    if let Some(profiles) = profiles.filter(is_profiles) {
        return Some(OwnerColumn {
            name: profiles.user_column().to_owned(),
            is_user_id: true,
        });
    }
    let named = || {
        let is_called = |name: &&&str| {
            let mut columns = table.columns.iter();
            columns.any(|column| column.name == **name && column.kind == ColumnType::Uuid)
        };
        NAMES.iter().find(is_called).map(|name| OwnerColumn {
            name: (*name).to_owned(),
            is_user_id: true,
        })
    };
    by_key(table, profiles).or_else(named)
}

/// A column that points at users or at their profiles.
fn by_key(table: &Table, profiles: Option<&ProfileTable<'_>>) -> Option<OwnerColumn> {
    let owners = table.foreign_keys.iter().filter_map(|key| {
        let [name] = key.columns.as_slice() else {
            return None;
        };
        let is_user_id = holds_user_id(key, profiles)?;
        Some(OwnerColumn {
            name: name.clone(),
            is_user_id,
        })
    });
    owners.min_by_key(|owner| likelihood(&owner.name))
}

/// Whether a key's column holds the id of a user, or the key of a profile; `None` where it points at neither.
pub fn holds_user_id(key: &ForeignKey, profiles: Option<&ProfileTable<'_>>) -> Option<bool> {
    let (schema, table) = (key.referenced_schema.as_str(), key.referenced_table.as_str());
    if (schema, table) == ("auth", "users") {
        return Some(true);
    }
    let profiles = profiles.filter(|profiles| (profiles.schema(), profiles.name()) == (schema, table))?;
    Some(key.referenced_columns == [profiles.user_column()])
}

/// A column without a key that a policy compares with the id of the user.
fn by_policy(relation: &Exposed) -> Option<OwnerColumn> {
    let expressions = || {
        let policies = relation.policies.iter();
        policies.flat_map(|policy| policy.using.iter().chain(&policy.check))
    };
    likeliest(relation, |name| expressions().any(|text| is_compared(text, name)))
}

/// Whether an expression, as PostgreSQL prints it, compares this column of its own table with the id of the user.
fn is_compared(text: &str, name: &str) -> bool {
    // PostgreSQL puts a name in quotes where it must. One of another table has that table's before it.
    let is_part = |letter: char| letter.is_alphanumeric() || "_.\"".contains(letter);
    [name.to_owned(), quoted(name)].iter().any(|name| {
        USER.iter().any(|user| {
            let before = format!("{name} = {user}");
            let after = format!("{user} = {name}");
            let mut first = text.match_indices(&before);
            let mut second = text.match_indices(&after);
            first.any(|(at, _)| !text[..at].ends_with(is_part))
                || second.any(|(at, _)| !text[at + after.len()..].starts_with(is_part))
        })
    })
}

/// A column without a key that has such a name.
fn by_name(relation: &Exposed) -> Option<OwnerColumn> {
    likeliest(relation, |name| likelihood(name) < NAMES.len())
}

/// The likeliest of those columns that hold ids as Auth gives them.
fn likeliest(relation: &Exposed, is_one: impl Fn(&str) -> bool) -> Option<OwnerColumn> {
    let columns = relation.columns.iter();
    let found = columns.filter(|column| column.type_name == "uuid" && is_one(&column.name));
    let column = found.min_by_key(|column| likelihood(&column.name))?;
    Some(OwnerColumn {
        name: column.name.clone(),
        is_user_id: true,
    })
}

fn likelihood(name: &str) -> usize {
    let name = plain(name);
    let mut names = NAMES.iter();
    names.position(|known| *known == name).unwrap_or(NAMES.len())
}

/// A name without what projects write it with: `created_by` and `createdBy` are the same.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

#[cfg(test)]
mod tests {
    use seed_core::catalog::Column;

    use super::*;
    use crate::policies::exposed::ExposedColumn;
    use crate::policies::matrix::Policy;

    fn relation(kind: RelationKind, name: &str, columns: &[(&str, &str)]) -> Exposed {
        let column = |(name, type_name): &(&str, &str)| ExposedColumn {
            name: (*name).to_owned(),
            type_name: (*type_name).to_owned(),
            is_json: false,
            is_plain: true,
            is_required: false,
            is_computed: false,
            is_partition_key: false,
            select: Vec::new(),
            insert: Vec::new(),
            update: Vec::new(),
        };
        Exposed {
            schema: "public".into(),
            name: name.into(),
            kind,
            row_security: true,
            policies: Vec::new(),
            columns: columns.iter().map(column).collect(),
            keys: Vec::new(),
            followers: Vec::new(),
            guarded: Vec::new(),
        }
    }

    /// A table with foreign keys of one column: column, schema, table and column that it points at.
    fn table(name: &str, keys: &[(&str, &str, &str, &str)]) -> Table {
        let key = |(column, schema, table, referenced): &(&str, &str, &str, &str)| ForeignKey {
            name: format!("{name}_{column}_fkey"),
            columns: vec![(*column).to_owned()],
            referenced_schema: (*schema).to_owned(),
            referenced_table: (*table).to_owned(),
            referenced_columns: vec![(*referenced).to_owned()],
        };
        let column = |(column, ..): &(&str, &str, &str, &str)| Column {
            name: (*column).to_owned(),
            ..Column::default()
        };
        Table {
            schema: "public".into(),
            name: name.into(),
            columns: keys.iter().map(column).collect(),
            foreign_keys: keys.iter().map(key).collect(),
            ..Table::default()
        }
    }

    #[test]
    fn keys_say_whose_a_row_is_then_names_and_views_follow_their_tables() {
        let catalog = Catalog {
            tables: vec![
                table("sales", &[("user_id", "auth", "users", "id")]),
                table(
                    "deals",
                    &[
                        ("created_by", "public", "sales", "id"),
                        ("assigned_to", "public", "sales", "id"),
                        ("company_id", "public", "companies", "id"),
                    ],
                ),
                table("files", &[("uploader", "auth", "users", "id")]),
                table("logs", &[]),
                table("tags", &[]),
            ],
        };
        use RelationKind::{Table as Ordinary, View};
        let relations = [
            relation(Ordinary, "sales", &[("id", "bigint"), ("user_id", "uuid")]),
            relation(
                Ordinary,
                "deals",
                &[("created_by", "bigint"), ("assigned_to", "bigint")],
            ),
            relation(Ordinary, "files", &[("uploader", "uuid")]),
            relation(Ordinary, "logs", &[("owner_id", "uuid"), ("user_id", "text")]),
            relation(Ordinary, "tags", &[("id", "uuid")]),
            relation(View, "my_deals", &[("id", "bigint"), ("assigned_to", "bigint")]),
            relation(View, "other_deals", &[("assigned_to", "text")]),
        ];
        let found = columns(&relations, &catalog, &[]);
        let found: Vec<_> = found
            .iter()
            .map(|owner| {
                owner
                    .as_ref()
                    .map(|owner| (owner.name.as_str(), owner.is_user_id))
            })
            .collect();
        let expected = [
            Some(("user_id", true)),
            Some(("assigned_to", false)),
            Some(("uploader", true)),
            Some(("owner_id", true)),
            None,
            Some(("assigned_to", false)),
            None,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn names_are_known_however_they_are_written() {
        for name in [
            "user_id",
            "userId",
            "UserID",
            "ownerId",
            "createdBy",
            "assignedTo",
        ] {
            let of = by_name(&relation(
                RelationKind::Table,
                "a",
                &[("id", "uuid"), (name, "uuid")],
            ));
            assert_eq!(of.map(|owner| owner.name).as_deref(), Some(name));
        }
        assert!(by_name(&relation(RelationKind::Table, "a", &[("userIds", "uuid")])).is_none());
    }

    #[test]
    fn what_a_policy_compares_with_the_user_says_whose_a_row_is() {
        let compared = |text: &str| {
            let mut table = relation(
                RelationKind::Table,
                "a",
                &[("id", "uuid"), ("uploader", "uuid"), ("By Whom", "uuid")],
            );
            table.policies.push(Policy {
                name: "own".into(),
                command: "ALL".into(),
                roles: Vec::new(),
                permissive: true,
                using: None,
                check: Some(text.into()),
            });
            by_policy(&table).map(|owner| owner.name)
        };
        for text in [
            "(uploader = auth.uid())",
            "(auth.uid() = uploader)",
            "((uploader = ( SELECT auth.uid() AS uid)) OR open)",
        ] {
            assert_eq!(compared(text).as_deref(), Some("uploader"), "{text}");
        }
        assert_eq!(
            compared(r#"("By Whom" = auth.uid())"#).as_deref(),
            Some("By Whom")
        );
        for text in [
            "(EXISTS ( SELECT FROM m WHERE (m.uploader = auth.uid())))",
            "(last_uploader = auth.uid())",
            "(auth.uid() = uploader_id)",
        ] {
            assert_eq!(compared(text), None, "{text}");
        }
    }
}
