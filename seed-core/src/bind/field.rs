//! A column that a field fills: all that is decided before the first value.

use std::collections::BTreeMap;

use super::aim::Aim;
use super::aliases::columns;
use super::checks::{Demands, JsonKind, List};
use super::column::{BoundColumn, Source, Writer};
use super::fit::{Fit, StandIn, owner_keys};
use super::homes::OwnerKey;
use super::labels;
use super::nature::{may_be_missing, shape};
use super::phone;
use super::refusal::{Refusal, type_name};
use super::table::Binder;
use super::target::{Element, Target};
use crate::catalog::{Column, ColumnType};
use crate::domain::value::Shape;
use crate::domain::vocabulary::terms;
use crate::domain::{Field, Record, Tag};
use crate::row::{Key, RowId};

/// A wider range is no scale that people grade by.
const MOST_GRADES: i64 = 10;

impl Binder<'_> {
    /// The column with the field that fills it; `said` are the project's own labels.
    ///
    /// # Errors
    /// Whatever keeps the field's values out of the column.
    pub(super) fn fitted(
        &self,
        column: &Column,
        demands: &Demands,
        field: Field,
        said: &BTreeMap<String, String>,
    ) -> Result<BoundColumn, Refusal> {
        if !columns(self.record).any(|(other, _)| other == field) {
            return Err(Refusal::because(format!(
                "{} have no field `{field}`",
                self.record
            )));
        }
        let shape = shape(self.record, field);
        let aim = Aim::of(self.table, column, self.homes);
        check_aim(shape, aim)?;
        let grades = grades(field, column, demands);
        let demands = grades.as_ref().unwrap_or(demands);
        let target = match grades {
            Some(_) => Target::new(Shape::Int, &column.kind, &column.name, self.keys),
            None => Target::new(shape, &column.kind, &column.name, self.keys),
        };
        let target = target.ok_or_else(|| {
            let kind = type_name(&column.kind);
            Refusal::because(format!("its type {kind} does not take the field `{field}`"))
        })?;
        let target = target.shortened(demands.longest);
        check_json(shape, field, target, demands)?;
        self.check_length(column, field, shape, target)?;
        self.check_keys(column, field, shape, target, demands)?;
        let fit = Fit {
            amend: self.amend(column, field, target, demands)?,
            owners: self.owners_of(shape, target, aim)?,
            labels: self.labels(field, demands, said)?,
            stand_in: self.stand_in(field, shape, column, target, demands)?,
            tags: self.tags(shape, target),
            spelling: demands
                .only_pattern()
                .filter(|_| field == Field::Phone)
                .and_then(phone::spelling),
            ..Fit::new(target)
        };
        Ok(BoundColumn {
            name: column.name.clone(),
            source: Source::Field(field),
            writer: Writer::Field(field, Box::new(fit)),
        })
    }

    fn owners_of(&self, shape: Shape, target: Target, aim: Aim<'_>) -> Result<Vec<Option<Key>>, Refusal> {
        if shape != Shape::Owner {
            return Ok(Vec::new());
        }
        let owners = owner_keys(
            &self.spec.owners,
            target,
            matches!(aim, Aim::Owner(OwnerKey::User, _)),
        );
        if owners.iter().any(Option::is_some) {
            return Ok(owners);
        }
        let constraint = aim.foreign().map_or("", |foreign| &foreign.name);
        Err(Refusal::because("it names an owner, and the rows have none")
            .of(constraint)
            .with_hint("make the test users first: `cargo xtask users`"))
    }

    /// Our words that the column calls otherwise.
    fn labels(
        &self,
        field: Field,
        demands: &Demands,
        said: &BTreeMap<String, String>,
    ) -> Result<Vec<(String, String)>, Refusal> {
        let mut labels: Vec<(String, String)> = said.clone().into_iter().collect();
        let Some(list) = &demands.list else {
            return Ok(labels);
        };
        let allowed = list.words.join("`, `");
        let refuse = |ours: &str| {
            let why = format!("it allows `{allowed}`, not `{ours}`");
            Refusal::because(why).of(&list.constraint)
        };
        if let Some((_, theirs)) = labels.iter().find(|(_, theirs)| !list.words.contains(theirs)) {
            return Err(refuse(theirs));
        }
        let ours = terms(self.world, self.record, field).ok_or_else(|| refuse(field.name()))?;
        let unsaid: Vec<&str> = ours
            .into_iter()
            .filter(|term| !said.contains_key(*term))
            .collect();
        let fitted = labels::fit(field, &unsaid, &list.words).map_err(|left| {
            let likely = list.words.first().map_or("...", String::as_str);
            let likely = toml::Value::from(likely);
            let given = left
                .iter()
                .map(|term| format!("{} = {likely}", toml::Value::from(term.as_str())));
            let given = given.collect::<Vec<_>>().join(", ");
            let setting = format!("{{ field = \"{field}\", labels = {{ {given} }} }}");
            refuse(&left.join("`, `")).with_setting(setting)
        })?;
        labels.extend(fitted);
        labels.retain(|(ours, theirs)| ours != theirs);
        Ok(labels)
    }

    /// What stands where the field has no value; a column that refuses null gets an empty text or list.
    fn stand_in(
        &self,
        field: Field,
        shape: Shape,
        column: &Column,
        target: Target,
        demands: &Demands,
    ) -> Result<StandIn, Refusal> {
        let refuses_null = column.not_null || demands.refuses_null;
        if !refuses_null || !may_be_missing(self.record, field) {
            return Ok(StandIn::Null);
        }
        let is_free =
            matches!(target, Target::Text { .. }) && demands.list.is_none() && demands.shortest == 0;
        match shape {
            Shape::Text if is_free => Ok(StandIn::Empty),
            Shape::Participants => Ok(StandIn::Empty),
            _ => {
                let why = format!("it refuses null, and not every row has a `{field}`");
                Err(Refusal::because(why))
            }
        }
    }

    /// The keys of the tags that a person can have, by number: of those that are there, and of ours.
    fn tags(&self, shape: Shape, target: Target) -> Vec<Option<Key>> {
        let Target::Array { element, .. } = target else {
            return Vec::new();
        };
        if shape != Shape::Tags || element == Element::Text {
            return Vec::new();
        }
        let fits = |key: &Key| matches!(key, Key::Uuid(_)) == (element == Element::Uuid);
        let key = |number: u64| {
            let is_called_so = |name: &str| Tag::numbers_of(self.world, name).any(|other| other == number);
            match self.spec.present.tags.iter().find(|tag| is_called_so(&tag.name)) {
                Some(tag) => tag.key.filter(fits),
                None => self.keys.key(Record::Tag, RowId::new(0, number)).filter(fits),
            }
        };
        let count = self.world.tag_count.min(self.world.pack.tags.len() as u64);
        (0..count).map(key).collect()
    }
}

/// The demands of a column of whole numbers that grade something, with the grades as words: those of its list, or of a
/// short range.
fn grades(field: Field, column: &Column, demands: &Demands) -> Option<Demands> {
    let is_whole = matches!(
        column.kind,
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt
    );
    if field != Field::Priority || !is_whole {
        return None;
    }
    let list = demands.list.clone().or_else(|| {
        let lowest = demands.lowest.as_ref()?;
        let (low, high) = (lowest.lowest(0), demands.highest.as_ref()?.highest(0));
        (low < high && high.saturating_sub(low) < MOST_GRADES).then(|| List {
            words: (low..=high).map(|grade| grade.to_string()).collect(),
            constraint: lowest.constraint.clone(),
        })
    })?;
    list.words
        .iter()
        .all(|word| word.parse::<i16>().is_ok())
        .then(|| Demands {
            list: Some(list),
            ..demands.clone()
        })
}

/// A reference must point at its record.
fn check_aim(shape: Shape, aim: Aim<'_>) -> Result<(), Refusal> {
    let (Some(foreign), Shape::Row(record)) = (aim.foreign(), shape) else {
        return Ok(());
    };
    if matches!(aim, Aim::Key(other, _) if other == record) {
        return Ok(());
    }
    let why = format!(
        "it points at `{}`, which holds no {record}",
        foreign.referenced_table
    );
    Err(Refusal::because(why).of(&foreign.name))
}

/// JSON must be of the kind that a check wants.
fn check_json(shape: Shape, field: Field, target: Target, demands: &Demands) -> Result<(), Refusal> {
    let kind = match shape {
        Shape::Rows(_) | Shape::Texts | Shape::Tags | Shape::Channels | Shape::Participants => {
            Some(JsonKind::Array)
        }
        Shape::Panel => Some(JsonKind::Object),
        _ => None,
    };
    if !matches!(target, Target::Json | Target::Jsonb) || demands.json.is_none() || demands.json == kind {
        return Ok(());
    }
    Err(Refusal::because(format!(
        "its check wants JSON of another kind than the field `{field}` is"
    )))
}
