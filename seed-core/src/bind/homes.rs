//! Which table holds which record.

use super::names;
use crate::adjustments::Adjustments;
use crate::catalog::{Catalog, ForeignKey, Table};
use crate::domain::{Field, Record};

/// Names of the table with a row for each user, as [`names::plain`] gives them, the likeliest first.
const PEOPLE: &[&str] = &[
    "sales",
    "profiles",
    "userprofiles",
    "users",
    "salesreps",
    "teammembers",
    "members",
    "employees",
];

/// Names of tables that hold companies in one project and people in another: what else they have says which.
const EITHER: &[&str] = &[
    "accounts",
    "account",
    "clients",
    "client",
    "customers",
    "customer",
    "leads",
    "lead",
];

/// The tables that hold records, and the one that holds the users' own rows.
#[derive(Debug)]
pub(crate) struct Homes<'a> {
    catalog: &'a Catalog,
    list: Vec<(Record, &'a Table)>,
    people: Option<&'a Table>,
}

/// What names an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnerKey {
    /// The user's id.
    User,
    /// The key of the user's own row.
    Profile,
}

/// Two tables that `seedbed.toml` gives one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TwoHomes {
    pub record: Record,
    pub tables: Vec<String>,
}

impl<'a> Homes<'a> {
    /// By what the project says, else by name: the likeliest first, `public` before other schemas.
    ///
    /// # Errors
    /// The project gives one record to two tables.
    pub fn find(catalog: &'a Catalog, adjustments: &Adjustments) -> Result<Self, TwoHomes> {
        let mut list = Vec::new();
        for record in Record::ALL {
            let said: Vec<&Table> = catalog
                .tables
                .iter()
                .filter(|table| said_record(adjustments, table) == Some(record))
                .collect();
            if said.len() > 1 {
                let tables = said
                    .iter()
                    .map(|table| format!("{}.{}", table.schema, table.name));
                return Err(TwoHomes {
                    record,
                    tables: tables.collect(),
                });
            }
            let home = said
                .first()
                .copied()
                .or_else(|| by_name(catalog, adjustments, &list, record));
            list.extend(home.map(|table| (record, table)));
        }
        let is_home = |table: &Table| list.iter().any(|(_, home)| std::ptr::eq(*home, table));
        let called = |name: &str| {
            let mut tables = catalog.tables.iter().filter(|table| !is_home(table));
            tables.find(|table| names::plain(&table.name) == name)
        };
        let named: Vec<&Table> = PEOPLE.iter().filter_map(|name| called(name)).collect();
        let is_of_users = |table: &&&Table| table.foreign_keys.iter().any(is_users);
        let people = named.iter().find(is_of_users).or(named.first()).copied();
        Ok(Self {
            catalog,
            list,
            people,
        })
    }

    /// The records that have a table, each with it.
    pub fn iter(&self) -> impl Iterator<Item = (Record, &'a Table)> {
        self.list.iter().copied()
    }

    /// The table of a record.
    pub fn of(&self, record: Record) -> Option<&'a Table> {
        self.iter()
            .find_map(|(other, table)| (other == record).then_some(table))
    }

    /// What a foreign key points at, where that holds a record.
    pub fn at(&self, foreign: &ForeignKey) -> Option<(Record, &'a Table)> {
        self.iter().find(|(_, table)| is_target(foreign, table))
    }

    /// What a column that points at `partner` by that key holds of its owner; `None` where it points at nobody.
    pub fn owner_at(&self, foreign: &ForeignKey, partner: &str) -> Option<OwnerKey> {
        if is_users(foreign) {
            return Some(OwnerKey::User);
        }
        let is_here = |table: &&Table| is_target(foreign, table) && !self.holds(table);
        let table = self.catalog.tables.iter().find(is_here)?;
        let holds_users = |key: &ForeignKey| key.columns == [partner] && is_users(key);
        if table.foreign_keys.iter().any(holds_users) {
            return Some(OwnerKey::User);
        }
        self.people
            .filter(|people| std::ptr::eq(*people, table))
            .map(|_| OwnerKey::Profile)
    }

    /// Whether a table holds the users' own rows.
    pub fn are_people(&self, table: &Table) -> bool {
        self.people.is_some_and(|people| std::ptr::eq(people, table))
    }

    /// Whether a table holds a record.
    pub fn holds(&self, table: &Table) -> bool {
        self.iter().any(|(_, home)| std::ptr::eq(home, table))
    }
}

fn is_target(foreign: &ForeignKey, table: &Table) -> bool {
    (&table.schema, &table.name) == (&foreign.referenced_schema, &foreign.referenced_table)
}

fn said_record(adjustments: &Adjustments, table: &Table) -> Option<Record> {
    let said = adjustments.of(&table.schema, &table.name)?;
    said.record.filter(|_| !said.skip)
}

fn by_name<'a>(
    catalog: &'a Catalog,
    adjustments: &Adjustments,
    homes: &[(Record, &'a Table)],
    record: Record,
) -> Option<&'a Table> {
    let is_free = |table: &&Table| {
        let said = adjustments.of(&table.schema, &table.name);
        said.is_none_or(|said| !said.skip && said.record.is_none())
            && !homes.iter().any(|(_, home)| std::ptr::eq(*home, *table))
    };
    names::table_names(record).find_map(|name| {
        let named = catalog
            .tables
            .iter()
            .filter(|table| names::plain(&table.name) == name);
        let own = named.filter(is_free).filter(|table| suits(homes, record, table));
        own.min_by_key(|table| table.schema != "public")
    })
}

/// Whether a table whose name may mean several records has what this one needs.
fn suits(homes: &[(Record, &Table)], record: Record, table: &Table) -> bool {
    let name = names::plain(&table.name);
    let points_at = |record| points_at(homes, table, record);
    match record {
        Record::Organization | Record::Contact if EITHER.contains(&&*name) => {
            let are_people = names_people(table) || points_at(Record::Organization);
            !is_of_users(table) && are_people == (record == Record::Contact)
        }
        Record::ContactNote if name == "notes" => points_at(Record::Contact),
        Record::OpportunityNote if name == "notes" => {
            points_at(Record::Opportunity) && !points_at(Record::Contact)
        }
        _ => true,
    }
}

/// Whether the columns are those of a person. One name alone is that of somebody at a company.
fn names_people(table: &Table) -> bool {
    let has = |field| {
        let mut columns = table.columns.iter();
        columns.any(|column| names::field_called(Record::Contact, &column.name) == Some(field))
    };
    let mut columns = table.columns.iter();
    has(Field::FirstName) && has(Field::LastName)
        || columns.any(|column| names::plain(&column.name) == names::plain(Field::FullName.name()))
}

/// Whether a table has a reference to the one that holds a record.
fn points_at(homes: &[(Record, &Table)], table: &Table, record: Record) -> bool {
    let home = homes.iter().find(|(other, _)| *other == record);
    home.is_some_and(|(_, home)| table.foreign_keys.iter().any(|foreign| is_target(foreign, home)))
}

/// Whether each row belongs to a user, whose key is its own.
fn is_of_users(table: &Table) -> bool {
    let mut keys = table.foreign_keys.iter();
    keys.any(|foreign| is_users(foreign) && foreign.columns == table.primary_key)
}

fn is_users(foreign: &ForeignKey) -> bool {
    let (schema, table) = (&foreign.referenced_schema, &foreign.referenced_table);
    foreign.columns.len() == 1 && (schema.as_str(), table.as_str()) == ("auth", "users")
}
