//! `seedbed.toml`: what a project says of its tables where their names and types do not say enough.

mod roles;
pub mod targets;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use seed_core::adjustments::{Adjustments, ColumnAdjustment, TableAdjustment};
use seed_core::catalog::{Catalog, Table};
use seed_core::domain::{Field, Record};
use serde::Deserialize;
use stack::hint::mendable;
use toml::{Spanned, Value};

use self::roles::RoleOnDisk;
use self::targets::{HostedTarget, TargetOnDisk};
use crate::users::roles::Role;

/// Its name in the project's folder.
pub const NAME: &str = "seedbed.toml";

/// The file, read and understood; where there is none, it says nothing.
#[derive(Debug, Clone, Default)]
pub struct ProjectFile {
    text: String,
    on_disk: OnDisk,
    adjustments: Adjustments,
    roles: Vec<Role>,
}

impl ProjectFile {
    /// Reads the file in the folder `project`.
    ///
    /// # Errors
    /// It cannot be read, is no TOML, or says what makes no sense: with line and column.
    pub fn load(project: &Path) -> Result<ProjectFile> {
        let path = project.join(NAME);
        match fs::read_to_string(&path) {
            Ok(text) => ProjectFile::parse(text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(ProjectFile::default()),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(mendable(
                format!("read `{}`: it is not UTF-8", path.display()),
                "save it as UTF-8",
            )),
            Err(error) => Err(error).with_context(|| format!("read `{}`", path.display())),
        }
    }

    fn parse(text: String) -> Result<ProjectFile> {
        let on_disk: OnDisk = toml::from_str(&text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let message = error.message().trim_end().replace('\n', ", ");
            Fault::new(
                offset,
                message,
                format!("mend `{NAME}`: the README says what can stand in it"),
            )
            .in_text(&text)
        })?;
        let adjustments = on_disk.adjustments().map_err(|fault| fault.in_text(&text))?;
        targets::check(&on_disk.target).map_err(|fault| fault.in_text(&text))?;
        let roles = roles::understood(&on_disk.role).map_err(|fault| fault.in_text(&text))?;
        Ok(ProjectFile {
            text,
            on_disk,
            adjustments,
            roles,
        })
    }

    /// The text of the file, for hashes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The roles of the project in their order: those of the domain where the file names none.
    pub fn roles(&self) -> Vec<Role> {
        match self.roles.as_slice() {
            [] => Role::defaults(),
            own => own.to_vec(),
        }
    }

    /// Where the target of this name is, which is there without us.
    ///
    /// # Errors
    /// There is none: the nearest one is named.
    pub fn target(&self, name: &str) -> Result<HostedTarget> {
        targets::named(&self.on_disk.target, name)
    }

    /// Whether it calls a column volatile: one whose values are another on each side. `schema.table` goes before `table`.
    pub fn is_volatile(&self, schema: &str, table: &str, column: &str) -> bool {
        let said = |name: &str| self.on_disk.tables.iter().find(|(key, _)| key.get_ref() == name);
        let found = said(&format!("{schema}.{table}")).or_else(|| said(table));
        let columns = found.map(|(_, table)| table.columns.iter());
        columns
            .into_iter()
            .flatten()
            .any(|(name, said)| name.get_ref() == column && said.volatile)
    }

    /// What it says, found to fit the tables of the database.
    ///
    /// # Errors
    /// It names a table or a column that is not there: the nearest one is named.
    pub fn adjustments(&self, catalog: &Catalog) -> Result<&Adjustments> {
        let checked = self.on_disk.check(catalog);
        checked.map_err(|fault| fault.in_text(&self.text))?;
        Ok(&self.adjustments)
    }
}

/// What is wrong, and at which byte of the file.
struct Fault {
    offset: usize,
    message: String,
    hint: String,
}

impl Fault {
    fn new(offset: usize, message: impl Into<String>, hint: impl Into<String>) -> Fault {
        let (message, hint) = (message.into(), hint.into());
        Fault {
            offset,
            message,
            hint,
        }
    }

    fn in_text(self, text: &str) -> anyhow::Error {
        let before = &text[..self.offset];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        let message = format!("read `{NAME}:{line}:{column}`: {}", self.message);
        mendable(message, self.hint)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "tables of TOML")]
struct OnDisk {
    #[serde(default)]
    role: Vec<RoleOnDisk>,
    #[serde(default)]
    target: BTreeMap<Spanned<String>, TargetOnDisk>,
    #[serde(default)]
    tables: BTreeMap<Spanned<String>, TableOnDisk>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "what is said of a table, as `record = \"organizations\"`"
)]
struct TableOnDisk {
    record: Option<Spanned<String>>,
    #[serde(default)]
    skip: bool,
    rows: Option<Spanned<Value>>,
    #[serde(default)]
    columns: BTreeMap<Spanned<String>, ColumnOnDisk>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "what is said of a column, as `{ value = \"…\" }`"
)]
struct ColumnOnDisk {
    field: Option<Spanned<String>>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    value: Option<Value>,
    values: Option<Vec<Value>>,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    volatile: bool,
}

impl OnDisk {
    fn adjustments(&self) -> Result<Adjustments, Fault> {
        let mut holders: BTreeMap<Record, &str> = BTreeMap::new();
        let mut adjustments = Adjustments::default();
        for (name, table) in &self.tables {
            let adjustment = table.adjustment()?;
            if let (Some(record), Some(said)) = (adjustment.record, &table.record)
                && let Some(other) = holders.insert(record, name.get_ref())
            {
                return Err(Fault::new(
                    said.span().start,
                    format!("`{other}` holds {record} already"),
                    format!("leave `record = \"{record}\"` at one of the two tables"),
                ));
            }
            adjustments.tables.insert(name.get_ref().clone(), adjustment);
        }
        Ok(adjustments)
    }

    /// Whether the database has every table and column that is named.
    fn check(&self, catalog: &Catalog) -> Result<(), Fault> {
        for (name, table) in &self.tables {
            let live: Vec<&Table> = catalog
                .tables
                .iter()
                .filter(|live| live.name == *name.get_ref() || full_name(live) == *name.get_ref())
                .collect();
            if live.is_empty() {
                let names: Vec<String> = match name.get_ref().contains('.') {
                    true => catalog.tables.iter().map(full_name).collect(),
                    false => catalog.tables.iter().map(|live| live.name.clone()).collect(),
                };
                let message = format!("the database has no table `{}`", name.get_ref());
                return Err(Fault::new(
                    name.span().start,
                    message,
                    did_you_mean(name.get_ref(), &names),
                ));
            }
            let columns: Vec<&str> = live
                .iter()
                .flat_map(|live| &live.columns)
                .map(|column| column.name.as_str())
                .collect();
            for column in table.columns.keys() {
                if !columns.contains(&column.get_ref().as_str()) {
                    let message = format!("table `{}` has no column `{}`", name.get_ref(), column.get_ref());
                    let hint = did_you_mean(column.get_ref(), &columns);
                    return Err(Fault::new(column.span().start, message, hint));
                }
            }
        }
        Ok(())
    }
}

impl TableOnDisk {
    fn adjustment(&self) -> Result<TableAdjustment, Fault> {
        let record = self.record.as_ref().map(record).transpose()?;
        let columns = self.columns.iter();
        let columns = columns.filter(|(_, column)| !column.is_only_volatile());
        let columns = columns.map(|(name, column)| Ok((name.get_ref().clone(), column.adjustment(name)?)));
        Ok(TableAdjustment {
            record,
            skip: self.skip,
            rows: self.rows.as_ref().map(rows).transpose()?,
            columns: columns.collect::<Result<_, Fault>>()?,
        })
    }
}

impl ColumnOnDisk {
    /// Whether nothing is said of what it takes.
    fn is_only_volatile(&self) -> bool {
        let is_said = self.field.is_some() || self.value.is_some() || self.values.is_some() || self.skip;
        self.volatile && !is_said && self.labels.is_empty()
    }

    fn adjustment(&self, name: &Spanned<String>) -> Result<ColumnAdjustment, Fault> {
        let fault = |message: &str, hint: &str| Fault::new(name.span().start, message, hint);
        if self.field.is_none() && !self.labels.is_empty() {
            let hint = "say which one: `{ field = \"status\", labels = { … } }`";
            return Err(fault("`labels` are the words of a field", hint));
        }
        match (&self.field, &self.value, self.values.as_deref(), self.skip) {
            (Some(said), None, None, false) => Ok(ColumnAdjustment::Field {
                field: field(said)?,
                labels: self.labels.clone(),
            }),
            (None, Some(value), None, false) => Ok(ColumnAdjustment::OneOf(vec![printed(value)])),
            (None, None, Some([]), false) => Err(fault("`values` is empty", "name at least one value")),
            (None, None, Some(values), false) => {
                Ok(ColumnAdjustment::OneOf(values.iter().map(printed).collect()))
            }
            (None, None, None, true) => Ok(ColumnAdjustment::Skip),
            _ => Err(fault(
                &format!(
                    "column `{}` needs one of `field`, `value`, `values`, `skip = true`, `volatile = true`",
                    name.get_ref()
                ),
                "keep the one that is meant",
            )),
        }
    }
}

fn rows(said: &Spanned<Value>) -> Result<u64, Fault> {
    let number = said.get_ref().as_integer();
    number.and_then(|number| number.try_into().ok()).ok_or_else(|| {
        let message = format!("`rows` is `{}`, and not a whole number from 0 up", said.get_ref());
        Fault::new(said.span().start, message, "say how many: `rows = 200`")
    })
}

fn record(said: &Spanned<String>) -> Result<Record, Fault> {
    let known = Record::ALL.iter().find(|record| record.name() == said.get_ref());
    known.copied().ok_or_else(|| {
        let names = Record::ALL.map(Record::name);
        let hint = format!(
            "{}; there are `{}`",
            did_you_mean(said.get_ref(), &names),
            names.join("`, `")
        );
        Fault::new(
            said.span().start,
            format!("there is no record `{}`", said.get_ref()),
            hint,
        )
    })
}

fn field(said: &Spanned<String>) -> Result<Field, Fault> {
    let known = Field::ALL.iter().find(|field| field.name() == said.get_ref());
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        let message = format!("there is no field `{}`", said.get_ref());
        Fault::new(said.span().start, message, did_you_mean(said.get_ref(), &names))
    })
}

/// A value as PostgreSQL reads it from text; lists and tables as JSON.
fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Table(_) => json(value).to_string(),
        other => other.to_string(),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.clone().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(is) => (*is).into(),
        Value::Datetime(moment) => moment.to_string().into(),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Table(table) => table
            .iter()
            .map(|(key, value)| (key.clone(), json(value)))
            .collect(),
    }
}

fn full_name(table: &Table) -> String {
    format!("{}.{}", table.schema, table.name)
}

fn did_you_mean(word: &str, names: &[impl AsRef<str>]) -> String {
    let likeness =
        |name: &str| strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase());
    let nearest = names.iter().map(AsRef::as_ref);
    let nearest = nearest.max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    nearest.map_or_else(
        || "apply the migrations first: `cargo xtask migrate`".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    )
}

#[cfg(test)]
mod tests;
