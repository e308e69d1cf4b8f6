//! Plans over the reference schema, and their rows by column.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use seed_core::catalog::{Catalog, Column, Table};
use seed_core::domain::Record;
use seed_core::industry::IndustryPack;
use seed_core::plan::{Key, Owner, Plan, SeedSpec, TablePlan, Volume};
use seed_core::spec::PresentTag;

/// The instant that all tests count from.
pub const AS_OF: &str = "2026-11-22 00:00:00+00";

/// The tables of `supabase/migrations`, as the live catalog has them.
pub fn reference() -> Catalog {
    Catalog::reference()
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

/// One plan, or those of several runs that add to each other.
pub trait Plans {
    /// All of them, in their order.
    fn plans(&self) -> &[Plan];
}

impl Plans for Plan {
    fn plans(&self) -> &[Plan] {
        std::slice::from_ref(self)
    }
}

impl Plans for [Plan] {
    fn plans(&self) -> &[Plan] {
        self
    }
}

/// What runs give that add to each other, one owner with a volume for each run.
pub fn runs(pack: &str, seed: u64, volumes: &[Volume]) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for number in 0..volumes.len() {
        let mut spec = spec(pack, seed, &volumes[number..=number]);
        spec.owners[0].earlier = volumes[..number].to_vec();
        let tags = rows(&plans[..], Record::Tag).into_iter();
        spec.present.tags = tags
            .map(|tag| PresentTag {
                name: tag.get("name").to_owned(),
                key: None,
            })
            .collect();
        plans.push(Plan::new(&reference(), &spec).unwrap());
    }
    plans
}

/// All rows of a record.
pub fn rows(plans: &(impl Plans + ?Sized), record: Record) -> Vec<Row> {
    let rows_of = |plan: &Plan| {
        let table = table(plan, record);
        let names = table.binding().columns.iter().map(|column| column.name.clone());
        let names: Vec<String> = names.collect();
        let sample = table.sample(table.row_count()).into_iter();
        sample
            .map(move |values| Row(names.iter().cloned().zip(values).collect()))
            .collect::<Vec<_>>()
    };
    plans.plans().iter().flat_map(rows_of).collect()
}

/// The rows of a record by key.
pub fn by_id(plans: &(impl Plans + ?Sized), record: Record) -> BTreeMap<String, Row> {
    rows(plans, record)
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

/// Packs, several seeds and sizes, some with more children than their parents have room for; in one run, and in
/// several that add to each other.
pub fn check(rule: impl Fn(&[Plan])) {
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
    let in_one_run = |pack, seed, volumes: &[Volume]| rule(&[plan(pack, seed, volumes)]);
    in_one_run(
        "food_beverage",
        42,
        &[Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER],
    );
    in_one_run("saas", 7, &[Volume::UNOWNED]);
    in_one_run(
        "saas",
        1,
        &[Volume::of_each(1), Volume::of_each(2), Volume::of_each(17)],
    );
    in_one_run("healthcare", 3, &[Volume::of_each(400)]);
    in_one_run("manufacturing", 4, &[crowded, lonely]);
    let people = Volume {
        contacts: 25,
        opportunities: 40,
        ..Volume::default().with_notes(20)
    };
    rule(&runs(
        "real_estate",
        42,
        &[Volume::ADMIN, Volume::of_each(5), people],
    ));
    rule(&runs(
        "food_beverage",
        5,
        &[crowded, Volume::of_each(30), crowded, people],
    ));
    rule(&runs("saas", 6, &[lonely, crowded, lonely, Volume::of_each(50)]));
}
