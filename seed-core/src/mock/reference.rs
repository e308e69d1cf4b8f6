//! The tables of the reference schema, with what they ask of their rows.

use serde::Serialize;

use super::parameters::object;
use super::table::{Rules, Table};
use crate::factory::{
    Activity, Contact, ContactNote, ContactOrganization, Generated, Opportunity, OpportunityNote,
    Organization, Product, Records, Tag, Task,
};

/// The tables with all rows of a seed.
pub(super) fn tables(records: &Records) -> Vec<Table> {
    let link = &["contact_id", "organization_id"];
    let one_link = ("contact_organizations_contact_id_organization_id_key", &link[..]);
    let one_name = ("tags_name_key", &["name"][..]);
    let one_sku = ("products_sku_key", &["sku"][..]);
    let product = &["name", "sku", "principal_id", "category"];
    vec![
        table::<Organization>(records, &["name"], &[]),
        table::<Contact>(records, &["first_name", "last_name"], &[]),
        table::<ContactOrganization>(records, link, &[one_link]),
        table::<Opportunity>(records, &["name", "customer_organization_id"], &[]),
        table::<Activity>(records, &["type", "subject"], &[]),
        table::<ContactNote>(records, &["contact_id", "text"], &[]),
        table::<OpportunityNote>(records, &["opportunity_id", "text"], &[]),
        table::<Tag>(records, &["name"], &[one_name]),
        table::<Product>(records, product, &[one_sku]),
        table::<Task>(records, &["title"], &[]),
    ]
}

fn table<R: Generated + Serialize>(
    records: &Records,
    required: &[&'static str],
    unique: &[(&'static str, &[&'static str])],
) -> Table {
    let rows: Vec<_> = records.all::<R>().into_iter().map(object).collect();
    // A seed may have no row of a kind; its columns are the same with any.
    let columns = rows.first().cloned();
    let columns = columns.unwrap_or_else(|| object(Records::default().factory::<R>().build()));
    Table::new(
        R::RECORD.name(),
        rows,
        columns.keys().cloned().collect(),
        Rules {
            required: required.to_vec(),
            unique: unique
                .iter()
                .map(|(constraint, columns)| (*constraint, columns.to_vec()))
                .collect(),
        },
    )
}
