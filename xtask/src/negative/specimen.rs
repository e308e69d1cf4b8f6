//! What negative rows are made from: the live table of products and two valid rows for it.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use seed_core::bind::Binding;
use seed_core::catalog::{Catalog, Column, ColumnType, Table};
use seed_core::domain::{Field, Record};
use seed_core::plan::{Plan, TablePlan};
use seed_core::spec::{Owner, Present, Volume};
use stack::hint::mendable;
use tokio_postgres::Client;

use super::case::Row;
use crate::cli::SeedOptions;
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::seeding::industry::Packs;
use crate::seeding::owners;
use crate::settings::Settings;

/// The seed of rows that are never kept, `nope` in ASCII: nobody is likely to have seeded by it, so that no valid row
/// is a duplicate of one that is there.
const SEED: u64 = 0x6e6f_7065;

/// What is planned: organizations, so that there are principals and others among them, and two products, one that
/// stays and one that is changed.
pub const VOLUME: Volume = Volume {
    organizations: 20,
    products: 2,
    ..Volume::of_each(0)
};

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
    /// Reads the database and plans the valid rows, as a seed would write them for its first owner.
    ///
    /// # Errors
    /// The database has no table of products, or one that valid products do not fit.
    pub async fn read(
        client: &Client,
        project: &Path,
        settings: &Settings,
        packs: &Packs,
    ) -> Result<Specimen> {
        let options = SeedOptions {
            seed: Some(SEED),
            ..SeedOptions::default()
        };
        let choice = Choice::resolve(&options, settings, packs, Timestamp::now())?;
        let destination = Destination::read(client, project).await?;
        let catalog = &destination.catalog;
        let owners = owners::find(client, catalog, &settings.test_users, &[], &[]).await?;
        let owner = owners.first().map(|owner| Owner {
            volume: VOLUME,
            ..owner.to_spec()
        });
        let owners = owner.into_iter().collect();
        let plan = Plan::new(catalog, &destination.spec(&choice, owners, Present::default()));
        let plan = plan.map_err(|error| mendable(format!("plan a valid product: {error}"), error.hint()))?;
        Specimen::of(catalog, &plan)
    }

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
        let mut products = rows(products, VOLUME.products).into_iter();
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
            rows: rows(plan, VOLUME.organizations),
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
