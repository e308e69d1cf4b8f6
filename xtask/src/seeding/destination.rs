//! Where rows go: the tables as they are, what the project says of them, and the rows that new ones must point at.

use std::path::Path;

use anyhow::Result;
use seed_core::adjustments::Adjustments;
use seed_core::catalog::{Catalog, Table};
use seed_core::domain::Record;
use seed_core::spec::{Owner, Present, PresentRow, SeedSpec, Volume};
use tokio_postgres::GenericClient;

use super::basis::Basis;
use super::choice::Choice;
use super::present;
use crate::database::catalog;
use crate::project_file::ProjectFile;

/// Where rows go.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    /// The tables as they are.
    pub catalog: Catalog,
    /// What `seedbed.toml` says of them.
    pub adjustments: Adjustments,
    /// One row of each table that seeded rows must point at and that is not seeded, as a tenant.
    rows: Vec<PresentRow>,
}

impl Destination {
    /// Reads the database, and `seedbed.toml` in the folder `project`.
    ///
    /// # Errors
    /// The file makes no sense or does not fit the tables, or the database refuses.
    pub async fn read(client: &impl GenericClient, project: &Path) -> Result<Destination> {
        let file = ProjectFile::load(project)?;
        let catalog = catalog::read(client, &catalog::schemas(project)?).await?;
        let adjustments = file.adjustments(&catalog)?.clone();
        let homes = adjustments.homes(&catalog).into_iter();
        let filled: Vec<&Table> = homes.map(|(_, table)| table).collect();
        let rows = present::rows(client, &catalog, &filled).await?;
        Ok(Destination {
            catalog,
            adjustments,
            rows,
        })
    }

    /// Takes the tables for what they were when the first part of a run was written.
    pub fn restore(&mut self, basis: &Basis) {
        basis.restore(&mut self.catalog);
        self.rows = basis.present().rows;
    }

    /// The built-in catalog in the place of a database, and `seedbed.toml` in the folder `project`.
    ///
    /// # Errors
    /// The file makes no sense or does not fit the tables.
    pub fn built_in(project: &Path) -> Result<Destination> {
        let catalog = Catalog::reference();
        let adjustments = ProjectFile::load(project)?.adjustments(&catalog)?.clone();
        Ok(Destination {
            catalog,
            adjustments,
            rows: Vec::new(),
        })
    }

    /// What is asked for, put into this database; `present` is what it holds of records of ours.
    pub fn spec(&self, choice: &Choice, owners: Vec<Owner>, present: Present) -> SeedSpec {
        SeedSpec {
            pipeline: choice.pipeline.clone(),
            present: Present {
                rows: self.rows.clone(),
                ..present
            },
            adjustments: self.adjustments.clone(),
            ..SeedSpec::new(choice.seed, choice.as_of, choice.pack.clone(), owners)
        }
    }

    /// How much an owner usually gets, where `seedbed.toml` says nothing else.
    pub fn usual(&self, usual: Volume) -> Volume {
        let or = |rows: u64, record| self.adjustments.rows_of(&self.catalog, record).unwrap_or(rows);
        Volume {
            organizations: or(usual.organizations, Record::Organization),
            contacts: or(usual.contacts, Record::Contact),
            opportunities: or(usual.opportunities, Record::Opportunity),
            activities: or(usual.activities, Record::Activity),
            contact_notes: or(usual.contact_notes, Record::ContactNote),
            opportunity_notes: or(usual.opportunity_notes, Record::OpportunityNote),
            tags: or(usual.tags, Record::Tag),
            products: or(usual.products, Record::Product),
            tasks: or(usual.tasks, Record::Task),
        }
    }
}
