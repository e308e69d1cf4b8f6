//! Plans over the reference schema, and their rows by column.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use seed_core::catalog::{Catalog, Column, Table};
use seed_core::domain::Record;
use seed_core::industry::IndustryPack;
use seed_core::plan::{Key, Owner, Plan, SeedSpec, TablePlan, Volume};

/// The instant that all tests count from.
pub const AS_OF: &str = "2026-11-22 00:00:00+00";

/// The tables of `supabase/migrations`, as the live catalog has them.
pub fn reference() -> Catalog {
    serde_json::from_str(include_str!("../catalogs/reference.json")).unwrap()
}

/// A spec with one owner for each volume.
pub fn spec(pack: &str, seed: u64, volumes: &[Volume]) -> SeedSpec {
    let owners = volumes.iter().zip(0..).map(|(&volume, slot)| Owner {
        slot,
        user_id: None,
        profile_id: Some(Key::Integer(i64::from(slot) + 1)),
        volume,
        earlier: Vec::new(),
    });
    let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
    SeedSpec::new(
        seed,
        as_of,
        IndustryPack::bundled(pack).unwrap(),
        owners.collect(),
    )
}

/// A plan over the reference schema.
pub fn plan(pack: &str, seed: u64, volumes: &[Volume]) -> Plan {
    Plan::new(&reference(), &spec(pack, seed, volumes)).unwrap()
}

/// The table of a record.
pub fn table(plan: &Plan, record: Record) -> &TablePlan {
    plan.tables()
        .iter()
        .find(|table| table.record() == record)
        .unwrap()
}

/// All rows of a record.
pub fn rows(plan: &Plan, record: Record) -> Vec<Row> {
    let table = table(plan, record);
    let names = table.binding().columns.iter().map(|column| column.name.clone());
    let names: Vec<String> = names.collect();
    let sample = table.sample(table.row_count());
    sample
        .into_iter()
        .map(|values| Row(names.iter().cloned().zip(values).collect()))
        .collect()
}

/// The rows of a record by key.
pub fn by_id(plan: &Plan, record: Record) -> BTreeMap<String, Row> {
    rows(plan, record)
        .into_iter()
        .map(|row| (row.get("id").to_owned(), row))
        .collect()
}

/// One row, as text by column.
#[derive(Debug)]
pub struct Row(BTreeMap<String, Option<String>>);

impl Row {
    /// A value that must be there.
    pub fn get(&self, column: &str) -> &str {
        self.find(column)
            .unwrap_or_else(|| panic!("`{column}` is null in {self:?}"))
    }

    /// A value that may be null.
    pub fn find(&self, column: &str) -> Option<&str> {
        self.0[column].as_deref()
    }

    /// A value as JSON.
    pub fn json(&self, column: &str) -> serde_json::Value {
        serde_json::from_str(self.get(column)).unwrap()
    }

    /// A list of texts in JSON.
    pub fn list(&self, column: &str) -> Vec<String> {
        serde_json::from_str(self.get(column)).unwrap()
    }

    /// A date as it stands, or the day of an instant.
    pub fn day(&self, column: &str) -> Option<&str> {
        self.find(column).map(|text| &text[..10])
    }

    /// The year of an instant.
    pub fn year(&self, column: &str) -> i16 {
        self.get(column)[..19].parse::<DateTime>().unwrap().year()
    }

    /// Decimals in hundredths.
    pub fn cents(&self, column: &str) -> i64 {
        self.get(column).replace('.', "").parse().unwrap()
    }
}

/// A table of a catalog, to be changed.
pub fn table_mut<'c>(catalog: &'c mut Catalog, name: &str) -> &'c mut Table {
    catalog
        .tables
        .iter_mut()
        .find(|table| table.name == name)
        .unwrap()
}

/// A column of a catalog, to be changed.
pub fn column_mut<'c>(catalog: &'c mut Catalog, table: &str, name: &str) -> &'c mut Column {
    table_mut(catalog, table)
        .columns
        .iter_mut()
        .find(|column| column.name == name)
        .unwrap()
}

/// Both packs, several seeds and sizes; the last two have more children than their parents have room for.
pub fn check(rule: impl Fn(&Plan)) {
    let crowded = Volume {
        organizations: 5,
        contacts: 90,
        opportunities: 200,
        ..Volume::of_each(60)
    };
    let lonely = Volume {
        organizations: 1,
        contacts: 9,
        opportunities: 20,
        ..Volume::of_each(30)
    };
    rule(&plan(
        "food_beverage",
        42,
        &[Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER],
    ));
    rule(&plan("saas", 7, &[Volume::UNOWNED]));
    rule(&plan(
        "saas",
        1,
        &[Volume::of_each(1), Volume::of_each(2), Volume::of_each(17)],
    ));
    rule(&plan("food_beverage", 3, &[Volume::of_each(400)]));
    rule(&plan("food_beverage", 4, &[crowded, lonely]));
}
