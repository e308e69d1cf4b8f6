//! Rows to put in, made so that a refusal is a policy's: plain values from `seed-core`, keys of rows that are there,
//! and the owner's own key wherever a column names a person.

use std::collections::BTreeMap;

use seed_core::adjustments::{Adjustments, TableAdjustment};
use seed_core::catalog::{Catalog, Column, ColumnType, ForeignKey, Identity, Table};
use seed_core::domain::Record;
use seed_core::plan::{Plan, PlanError, TablePlan};
use seed_core::spec::{Owner, Present, Volume};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::caller::Caller;
use super::exposed::Exposed;
use super::matrix::{Verb, Whose};
use super::ownership::holds_user_id;
use super::trial::Ground;
use super::truth::{Truth, Values};
use crate::seeding::choice::Choice;
use crate::seeding::destination::Destination;
use crate::users::profile::ProfileTable;
use crate::verify::names::OwnerColumn;

/// A block of rows that no owner of a seed has.
const SLOT: u16 = 16_000;
const UNMADE: &str = "no row of it can be made up";
/// Rows of each record that a caller needs: one to put in, two to write on and one to look at, own and others'.
pub const ROWS_OF_CALLER: u64 = 8;

/// How far placed keys stand above those that the table gives by itself: what is put in meanwhile meets none of them.
const KEYS_APART: u64 = 1_000;

/// Where candidates come from.
pub struct Nursery<'a> {
    /// The tables, and what `seedbed.toml` says of them.
    pub destination: &'a Destination,
    /// What words the values are made of.
    pub choice: &'a Choice,
    /// Those who try, and own rows.
    pub callers: &'a [Caller],
    /// The relations, each with its owner column and what there is of it.
    pub relations: Vec<(&'a Exposed, Option<&'a OwnerColumn>, &'a Truth)>,
    /// For each relation and each caller keys that no row has yet, where they are made of other tables' keys.
    pub pairs: Vec<Vec<Vec<Values>>>,
}

/// The rows to put into one relation.
pub struct Candidates<'a> {
    nursery: &'a Nursery<'a>,
    /// The relation.
    pub relation: &'a Exposed,
    /// The column that says whose a row is.
    pub owner: Option<&'a OwnerColumn>,
    /// What there is of it.
    pub truth: &'a Truth,
    /// For each caller keys that no row has yet.
    pairs: &'a [Vec<Values>],
    /// As a table; `None` for a view.
    table: Option<&'a Table>,
    /// Plain values for its rows, or why there are none.
    made: Result<TablePlan, String>,
}

impl<'a> Nursery<'a> {
    /// The candidates for a relation.
    pub fn candidates(&'a self, number: usize) -> Candidates<'a> {
        let (relation, owner, truth) = self.relations[number];
        let table = self.table(&relation.schema, &relation.name);
        let why = || "there is no row to make another one after".to_owned();
        Candidates {
            nursery: self,
            relation,
            owner,
            truth,
            pairs: &self.pairs[number],
            table,
            made: table.ok_or_else(why).and_then(|table| self.made(table)),
        }
    }

    fn table(&self, schema: &str, name: &str) -> Option<&'a Table> {
        let mut tables = self.destination.catalog.tables.iter();
        tables.find(|table| table.schema == schema && table.name == name)
    }

    /// Rows of plain values: the table by itself, as if it held what it holds, or to-dos where that is not known.
    fn made(&self, table: &Table) -> Result<TablePlan, String> {
        let homes = self.destination.adjustments.homes(&self.destination.catalog);
        let home = homes.iter().find(|(_, home)| std::ptr::eq(*home, table));
        let alone = without_keys(table);
        let said = self.destination.adjustments.of(&table.schema, &table.name);
        let said = TableAdjustment {
            record: Some(home.map_or(Record::Task, |(record, _)| *record)),
            skip: false,
            rows: None,
            ..said.cloned().unwrap_or_default()
        };
        let key = format!("{}.{}", table.schema, table.name);
        let owner = Owner {
            slot: SLOT,
            user_id: None,
            profile_id: None,
            volume: rows_of_each(ROWS_OF_CALLER * self.callers.len() as u64),
            earlier: Vec::new(),
        };
        let mut spec = self
            .destination
            .spec(self.choice, vec![owner], Present::default());
        spec.present = Present::default();
        spec.adjustments = Adjustments {
            tables: BTreeMap::from([(key, said)]),
        };
        let plan = Plan::new(&Catalog { tables: vec![alone] }, &spec);
        let plan = plan.map_err(|error| unmade(&error))?;
        let planned = plan.tables().iter().find(|planned| planned.name() == table.name);
        planned
            .filter(|planned| planned.row_count() > 0)
            .cloned()
            .ok_or_else(|| UNMADE.to_owned())
    }

    /// Lets foreign keys point at rows that are there, those of the owner first.
    fn connect(&self, row: &mut Values, table: &Table, example: Option<&Values>, caller: Option<usize>) {
        let profiles = ProfileTable::find(&self.destination.catalog);
        for key in &table.foreign_keys {
            if let Some(is_user_id) = holds_user_id(key, profiles.as_ref()) {
                let column = OwnerColumn {
                    name: key.columns[0].clone(),
                    is_user_id,
                };
                let person = caller.and_then(|caller| self.callers[caller].key(&column));
                row.insert(column.name, person);
                continue;
            }
            let is_itself = (&key.referenced_schema, &key.referenced_table) == (&table.schema, &table.name);
            let is_needed = key.columns.iter().any(|name| is_required(table, name));
            if is_itself && !is_needed {
                key.columns
                    .iter()
                    .for_each(|name| drop(row.insert(name.clone(), None)));
            } else if let Some(values) = self.parent(key, caller).or_else(|| of_example(key, example)) {
                row.extend(key.columns.iter().cloned().zip(values));
            }
        }
    }

    /// What a foreign key holds that points at a row of this owner, or of anybody.
    fn parent(&self, key: &ForeignKey, caller: Option<usize>) -> Option<Vec<Option<String>>> {
        let (.., truth) = self.relations.iter().find(|(relation, ..)| {
            relation.schema == key.referenced_schema && relation.name == key.referenced_table
        })?;
        let parent = example(truth, caller)?;
        Some(
            key.referenced_columns
                .iter()
                .map(|name| parent.get(name).cloned().flatten())
                .collect(),
        )
    }
}

/// Why there are no plain values, by the first column that takes none.
fn unmade(error: &PlanError) -> String {
    match error {
        PlanError::Misfits(misfits) => misfits.first().map_or_else(
            || UNMADE.to_owned(),
            |misfit| format!("{UNMADE}: `{}`: {}", misfit.column, misfit.problem),
        ),
        _ => UNMADE.to_owned(),
    }
}

/// A row that is there: of this owner, else of anybody.
fn example(truth: &Truth, caller: Option<usize>) -> Option<&Values> {
    let of_anybody = || {
        truth
            .own
            .iter()
            .find_map(|shares| shares.others.as_ref().or(shares.row.as_ref()))
    };
    caller
        .and_then(|caller| truth.own[caller].row.as_ref())
        .or_else(of_anybody)
}

fn of_example(key: &ForeignKey, example: Option<&Values>) -> Option<Vec<Option<String>>> {
    let example = example?;
    Some(
        key.columns
            .iter()
            .map(|name| example.get(name).cloned().flatten())
            .collect(),
    )
}

/// The table as if it pointed at nothing: what its keys hold comes from rows that are there.
fn without_keys(table: &Table) -> Table {
    let mut alone = table.clone();
    let points = |column: &Column| {
        table
            .foreign_keys
            .iter()
            .any(|key| key.columns.contains(&column.name))
    };
    alone
        .columns
        .iter_mut()
        .filter(|column| points(column))
        .for_each(|column| column.not_null = false);
    alone.foreign_keys.clear();
    alone
}

fn rows_of_each(rows: u64) -> Volume {
    Volume {
        organizations: rows,
        contacts: rows,
        opportunities: rows,
        activities: rows,
        contact_notes: rows,
        opportunity_notes: rows,
        tags: rows,
        products: rows,
        tasks: rows,
    }
}

/// A row like one that is there, under a key of its own.
fn copy(example: &Values, table: Option<&Table>) -> Values {
    let mut row = example.clone();
    let Some(table) = table else { return row };
    row.retain(|name, _| !numbers_itself(table, name));
    let points = |name: &String| table.foreign_keys.iter().any(|key| key.columns.contains(name));
    for name in table.primary_key.iter().filter(|name| !points(name)) {
        let Some(column) = table.columns.iter().find(|column| column.name == *name) else {
            continue;
        };
        match (&column.kind, column.next_key) {
            (ColumnType::Uuid, _) => drop(row.insert(name.clone(), Some(Uuid::new_v4().to_string()))),
            (_, Some(next)) => drop(row.insert(name.clone(), Some(next.to_string()))),
            _ => (),
        }
    }
    row
}

/// Whether nobody may say what is in it.
fn numbers_itself(table: &Table, name: &str) -> bool {
    let column = table.columns.iter().find(|column| column.name == name);
    column.is_some_and(|column| column.generated || column.identity == Identity::Always)
}

fn is_required(table: &Table, name: &str) -> bool {
    let column = table.columns.iter().find(|column| column.name == name);
    column
        .is_some_and(|column| column.not_null && column.default.is_none() && column.identity == Identity::No)
}

impl Candidates<'_> {
    /// Those who try.
    pub fn callers(&self) -> &[Caller] {
        self.nursery.callers
    }

    /// Row number `at` of those for the caller number `caller`, which is `whose` from where it stands.
    ///
    /// # Errors
    /// Why there is none.
    pub fn values(&self, caller: usize, whose: Whose, at: usize) -> Result<Values, String> {
        let callers = self.callers();
        let owner = self.owner_of(caller, whose);
        let example = example(self.truth, owner);
        let mut row = match (&self.made, example) {
            (Ok(made), _) => self.made_row(made, caller as u64 * ROWS_OF_CALLER + at as u64),
            (Err(_), Some(example)) => copy(example, self.table),
            (Err(why), None) => match self.free(caller, whose).first() {
                Some(key) => key.clone(),
                None => return Err(why.clone()),
            },
        };
        if let Some(table) = self.table {
            self.nursery.connect(&mut row, table, example, owner);
        }
        // A partition that takes the row is one that has a row.
        let columns = self.relation.columns.iter();
        for column in columns.filter(|column| column.is_partition_key) {
            if let Some(value) = example.and_then(|example| example.get(&column.name)) {
                row.insert(column.name.clone(), value.clone());
            }
        }
        if let Some(column) = self.owner {
            let key = owner.and_then(|owner| callers[owner].key(column));
            row.insert(column.name.clone(), key);
        }
        Ok(row)
    }

    /// Whose a row is that is `whose` from where this caller stands.
    fn owner_of(&self, caller: usize, whose: Whose) -> Option<usize> {
        let callers = self.callers();
        match whose {
            Whose::Others if self.owner.is_some() => {
                let is_other = |other: &usize| *other != caller && callers[*other].user_id.is_some();
                (0..callers.len()).find(is_other)
            }
            _ => Some(caller),
        }
    }

    /// Keys that no row has yet, for a row that is `whose` from where this caller stands.
    fn free(&self, caller: usize, whose: Whose) -> &[Values] {
        &self.pairs[self.owner_of(caller, whose).unwrap_or(caller)]
    }

    /// A row under a key of its own, beside those that are there, to try `verb` on.
    ///
    /// # Errors
    /// Why there is none: where the API does not undo, what triggers write elsewhere would stay.
    pub fn spare(
        &self,
        caller: usize,
        verb: Verb,
        whose: Whose,
        at: usize,
        ground: Ground,
    ) -> Result<Values, String> {
        let mut followers = self.relation.followers.iter();
        let follower = followers.find(|follower| follower.verbs.contains(&verb));
        if let Some(follower) = follower.filter(|_| ground == Ground::Placed) {
            return Err(format!("the trigger `{}` may write elsewhere", follower.name));
        }
        let free = self.free(caller, whose);
        // A table that only joins two others needs no value but its key.
        if let (Err(why), []) = (&self.made, free) {
            return Err(why.clone());
        }
        let mut row = self.values(caller, whose, at)?;
        if verb != Verb::Insert {
            let number = caller as u64 * ROWS_OF_CALLER + at as u64;
            self.number(&mut row, number);
            // Those who stand side by side are given different ones.
            let key = free.iter().cycle().nth(number as usize);
            row.extend(key.cloned().into_iter().flatten());
        }
        let has = |name: &String| row.get(name).is_some_and(Option::is_some);
        match self.relation.keys.first() {
            Some(key) if key.iter().all(has) => Ok(row),
            _ => Err("no key that can be given tells its rows apart".to_owned()),
        }
    }

    /// Gives row number `at` the key that the table would give it by itself, far above the next one.
    fn number(&self, row: &mut Values, at: u64) {
        let columns = self.table.into_iter().flat_map(|table| &table.columns);
        let key = self.relation.keys.first();
        let own = columns.filter(|column| {
            column.identity == Identity::Always && key.is_some_and(|key| key.contains(&column.name))
        });
        for column in own {
            let key = column
                .next_key
                .and_then(|next| next.checked_add_unsigned(KEYS_APART + at));
            row.insert(column.name.clone(), key.map(|key| key.to_string()));
        }
    }

    fn made_row(&self, made: &TablePlan, at: u64) -> Values {
        let row = made.row_count() - 1 - at % made.row_count();
        let values = made.sample_at([row]).pop().unwrap_or_default();
        let names = made.binding().columns.iter().map(|column| column.name.clone());
        let is_given = |name: &String| self.table.is_none_or(|table| !numbers_itself(table, name));
        names.zip(values).filter(|(name, _)| is_given(name)).collect()
    }

    /// The row as JSON, without what the role may not fill and need not. Left to its default, the owner column would hold the
    /// caller: nobody else's row can go without it.
    pub fn open_to(&self, row: &Values, role: &String, whose: Whose) -> Map<String, Value> {
        let columns = self.relation.columns.iter().filter(|column| !column.is_computed);
        // Where the role may fill nothing, the refusal is what is to be seen.
        let is_shut = !self
            .relation
            .columns
            .iter()
            .any(|column| column.insert.contains(role));
        let tells =
            |name: &String| whose == Whose::Others && self.owner.is_some_and(|owner| owner.name == *name);
        let open: Map<String, Value> = columns
            .filter(|column| {
                is_shut || column.is_required || tells(&column.name) || column.insert.contains(role)
            })
            .filter_map(|column| {
                let value = match row.get(&column.name)? {
                    None => Value::Null,
                    Some(text) if column.is_json => {
                        serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
                    }
                    Some(text) => text.clone().into(),
                };
                Some((column.name.clone(), value))
            })
            .collect();
        // For a row of defaults alone the API wants a grant on all columns.
        let mut columns = self.relation.columns.iter();
        let any = columns.find(|column| !column.is_computed && column.insert.contains(role));
        match any {
            Some(column) if open.is_empty() => Map::from_iter([(column.name.clone(), Value::Null)]),
            _ => open,
        }
    }
}
