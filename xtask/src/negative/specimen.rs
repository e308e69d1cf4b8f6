//! What negative rows are made from: the live table of products and two valid rows for it.

use anyhow::Result;
use seed_core::bind::Binding;
use seed_core::catalog::{Catalog, Column, ColumnType, Table};
use seed_core::domain::{Field, Record};
use seed_core::plan::{Plan, TablePlan};
use stack::hint::mendable;

use super::case::Row;

/// Organizations that the plan makes, so that there are principals and others among them.
pub const ORGANIZATIONS: u64 = 20;
/// Products that the plan makes: one that stays and one that is changed.
pub const PRODUCTS: u64 = 2;

/// The live table of products and what is known of it.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// The table.
    pub table: Table,
    /// Which field fills which of its columns.
    pub binding: Binding,
    /// A valid row, which is there when the others are tried.
    pub control: Row,
    /// Another valid row, which each case changes. What it shares with the first, as its principal, is no key.
    pub base: Row,
    /// The column that points at the organization whose product it is.
    pub principal: Option<String>,
    /// The organizations that it can point at.
    pub organizations: Option<Organizations>,
}

/// Where organizations live.
#[derive(Debug, Clone)]
pub struct Organizations {
    /// Which field fills which column.
    pub binding: Binding,
    /// The column that products point at.
    pub key: String,
    /// Valid rows, in the order in which they are made.
    pub rows: Vec<Row>,
}

impl Specimen {
    /// Takes the first rows of a plan.
    ///
    /// # Errors
    /// The database has no table of products.
    pub fn of(catalog: &Catalog, plan: &Plan) -> Result<Specimen> {
        let planned = |record| plan.tables().iter().find(|table| table.record() == record);
        let found = planned(Record::Product).and_then(|products| Some((products, live(catalog, products)?)));
        let Some((products, table)) = found else {
            return Err(mendable(
                "find the table of products: no table of the database holds products",
                "apply the migrations that make one: `cargo xtask migrate`",
            ));
        };
        let binding = products.binding();
        let principal = [Field::Principal, Field::Organization]
            .into_iter()
            .find_map(|field| binding.column(field));
        let organizations = planned(Record::Organization)
            .filter(|_| principal.is_some())
            .and_then(|organizations| Organizations::of(organizations, table, principal?));
        let mut products = rows(products, PRODUCTS).into_iter();
        let mut next = || products.next().unwrap_or_default();
        Ok(Specimen {
            control: next(),
            base: next(),
            principal: principal.map(str::to_owned),
            organizations,
            binding: binding.clone(),
            table: table.clone(),
        })
    }

    /// The live column that a field fills.
    pub fn column(&self, field: Field) -> Option<&Column> {
        let name = self.binding.column(field)?;
        self.table.columns.iter().find(|column| column.name == name)
    }

    /// A word that no list has, as long as the column takes: `Not A Category!`.
    pub fn unknown_word(&self, column: &str) -> String {
        let words = column.split(['_', ' ']).map(capitalized).collect::<Vec<_>>();
        let word = format!("Not A {}!", words.join(" "));
        let kind = self
            .table
            .columns
            .iter()
            .find(|live| live.name == column)
            .map(|live| &live.kind);
        match kind {
            Some(ColumnType::Text {
                max_length: Some(most),
            }) => word.chars().take(*most as usize).collect(),
            _ => word,
        }
    }
}

impl Organizations {
    fn of(plan: &TablePlan, products: &Table, principal: &str) -> Option<Organizations> {
        let foreign = products
            .foreign_keys
            .iter()
            .find(|key| key.columns == [principal]);
        let key = match foreign.map(|foreign| foreign.referenced_columns.as_slice()) {
            Some([key]) => key,
            _ => plan.binding().column(Field::Id)?,
        };
        Some(Organizations {
            binding: plan.binding().clone(),
            key: key.to_owned(),
            rows: rows(plan, ORGANIZATIONS),
        })
    }

    /// The column that says which of them are principals.
    pub fn is_principal(&self) -> Option<&str> {
        self.binding.column(Field::IsPrincipal)
    }
}

fn live<'a>(catalog: &'a Catalog, plan: &TablePlan) -> Option<&'a Table> {
    let mut tables = catalog.tables.iter();
    tables.find(|table| table.schema == plan.schema() && table.name == plan.name())
}

fn rows(plan: &TablePlan, count: u64) -> Vec<Row> {
    let columns = &plan.binding().columns;
    let row = |values: Vec<Option<String>>| {
        columns
            .iter()
            .map(|column| column.name.clone())
            .zip(values)
            .collect()
    };
    plan.sample(count).into_iter().map(row).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
