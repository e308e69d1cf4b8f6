//! Unique keys: each holds by construction, or is made to, or costs a column.

use super::column::{BoundColumn, Source, Writer};
use super::fit::Fit;
use super::nature::{is_unique, shape};
use super::number::{Numbered, Style, When};
use super::refusal::Refusal;
use super::table::Binder;
use super::target::Target;
use crate::catalog::{Column, Identity, UniqueKey};
use crate::domain::value::Shape;
use crate::domain::vocabulary::terms;
use crate::domain::{Field, Record};

/// The texts that carry a number rather than another one beside them.
const LIKELIEST: [Field; 6] = [
    Field::Name,
    Field::Title,
    Field::Subject,
    Field::FullName,
    Field::Text,
    Field::Email,
];
/// Defaults that differ from row to row.
const FRESH: [&str; 4] = [
    "nextval(",
    "gen_random_uuid(",
    "uuid_generate_",
    "gen_random_bytes(",
];

impl Binder<'_> {
    /// Sees to it that the table's unique keys hold, partial ones as if they were whole. Returns the columns that
    /// have to be left alone for it, with why.
    pub(super) fn settle(&self, bound: &mut Vec<BoundColumn>) -> Vec<(String, Refusal)> {
        let primary = UniqueKey {
            name: format!("{}_pkey", self.table.name),
            columns: self.table.primary_key.clone(),
            partial: false,
        };
        let mut keys: Vec<&UniqueKey> = self.table.unique.iter().chain([&primary]).collect();
        keys.retain(|key| !key.columns.is_empty());
        keys.sort_by_key(|key| key.columns.len());
        let mut left = Vec::new();
        for key in keys {
            if self.holds(key, bound) || self.make_unique(key, bound) {
                continue;
            }
            let Some(place) = self.least_missed(key, bound) else {
                continue;
            };
            let column = bound.remove(place);
            let why = match (key.columns.as_slice(), &column.source) {
                ([_], Source::Field(field)) => format!("it must be unique, and the field `{field}` is not"),
                ([_], _) => "it must be unique, and its values are not".to_owned(),
                (columns, _) => format!(
                    "`{}` must be unique together, and they are not",
                    columns.join("`, `")
                ),
            };
            left.push((column.name, Refusal::because(why).of(&key.name).without_setting()));
        }
        left
    }

    /// Whether a key holds as the columns are bound.
    fn holds(&self, key: &UniqueKey, bound: &mut [BoundColumn]) -> bool {
        let of = |name: &String| bound.iter().position(|column| column.name == *name);
        let places: Vec<usize> = key.columns.iter().filter_map(of).collect();
        let fields: Vec<Field> = places.iter().filter_map(|place| bound[*place].field()).collect();
        let has = |field| fields.contains(&field);
        let is_dealt_once = match self.record {
            Record::ContactOrganization => {
                let is_of_primary = |field: &Field| matches!(field, Field::Contact | Field::IsPrimary);
                let of_primary = key.partial && fields.iter().all(is_of_primary);
                has(Field::Contact)
                    && (has(Field::Organization) || of_primary && fields.len() == key.columns.len())
            }
            Record::Product => has(Field::Name) && (has(Field::Principal) || has(Field::Organization)),
            Record::Opportunity => {
                has(Field::Stage)
                    && has(Field::Index)
                    && places.iter().all(|place| one_to_one(&bound[*place]))
            }
            _ => false,
        };
        if is_dealt_once
            || key
                .columns
                .iter()
                .any(|name| of(name).is_none() && self.differs_alone(name))
        {
            return true;
        }
        let unique = places.into_iter().find(|place| self.is_unique(&bound[*place]));
        if let Some(place) = unique {
            keep_number(&mut bound[place], When::Cut);
        }
        unique.is_some()
    }

    fn is_unique(&self, column: &BoundColumn) -> bool {
        match &column.writer {
            Writer::Field(field, fit) => {
                let is_cut = matches!(fit.target, Target::Text { max_length: Some(_) });
                fit.numbered.when == When::Always
                    || is_unique(self.record, *field)
                        && fit.labels.is_empty()
                        && (!is_cut || self.has_room(fit))
            }
            Writer::Flag(..) => false,
            Writer::Filler(filler) => filler.is_unique(),
        }
    }

    /// Makes the likeliest text of a key carry its row's number, or a filler differ in each row.
    fn make_unique(&self, key: &UniqueKey, bound: &mut [BoundColumn]) -> bool {
        let in_key = |column: &&mut BoundColumn| key.columns.contains(&column.name);
        let rank = |column: &BoundColumn| {
            let field = column.field();
            LIKELIEST
                .iter()
                .position(|likely| Some(*likely) == field)
                .unwrap_or(LIKELIEST.len())
        };
        let mut columns: Vec<&mut BoundColumn> = bound.iter_mut().filter(in_key).collect();
        columns.sort_by_key(|column| (column.field().is_some(), rank(column)));
        for column in columns {
            match &column.writer {
                Writer::Filler(_) if column.source == Source::Filler => {
                    let live = self.table.columns.iter().find(|live| live.name == column.name);
                    if let Some(Ok(filler)) = live.map(|live| self.filler(live, true)) {
                        column.writer = Writer::Filler(filler);
                        return true;
                    }
                }
                Writer::Field(field, fit) if self.can_be_numbered(*field, fit) => {
                    keep_number(column, When::Always);
                    return true;
                }
                _ => (),
            }
        }
        false
    }

    fn can_be_numbered(&self, field: Field, fit: &Fit) -> bool {
        matches!(shape(self.record, field), Shape::Text | Shape::Channels)
            && matches!(fit.target, Target::Text { .. })
            && fit.spelling.is_none()
            && terms(self.world, self.record, field).is_none()
            && self.has_room(fit)
    }

    /// Whether the highest number leaves room for a letter.
    fn has_room(&self, fit: &Fit) -> bool {
        match fit.target {
            Target::Text {
                max_length: Some(most),
            } => Style::Bracket.length(self.rows().last) < most as usize,
            _ => true,
        }
    }

    /// Whether a column that we leave alone differs from row to row, or is null, which equals nothing.
    fn differs_alone(&self, name: &str) -> bool {
        let column = self.table.columns.iter().find(|column| column.name == name);
        column.is_none_or(|column| {
            let fresh = |default: &String| FRESH.iter().any(|call| default.contains(call));
            match &column.default {
                Some(default) => fresh(default),
                None => column.generated || column.identity != Identity::No || !column.not_null,
            }
        })
    }

    /// The bound column of a key that can go: one that is null then, and no reference, before others; a required one
    /// only where all are.
    fn least_missed(&self, key: &UniqueKey, bound: &[BoundColumn]) -> Option<usize> {
        let cost = |column: &BoundColumn| {
            let live = self.table.columns.iter().find(|live| live.name == column.name);
            let is_reference = column
                .field()
                .is_some_and(|field| matches!(shape(self.record, field), Shape::Row(_) | Shape::Owner));
            let is_null = |live: &Column| !live.not_null && live.default.is_none();
            (
                live.is_some_and(|live| self.is_required(live)),
                !live.is_some_and(is_null),
                is_reference,
            )
        };
        let in_key = |(_, column): &(usize, &BoundColumn)| key.columns.contains(&column.name);
        let columns = bound.iter().enumerate().filter(in_key);
        columns
            .min_by_key(|(_, column)| cost(column))
            .map(|(place, _)| place)
    }
}

fn keep_number(column: &mut BoundColumn, when: When) {
    if let Writer::Field(field, fit) = &mut column.writer
        && fit.numbered.when != When::Always
    {
        let style = match field {
            Field::Phone => Style::Extension,
            Field::Website | Field::LinkedinUrl => Style::Hyphen,
            _ => Style::Bracket,
        };
        fit.numbered = Numbered { when, style };
    }
}

/// Whether no two of our words have the same label.
fn one_to_one(column: &BoundColumn) -> bool {
    let mut labels: Vec<&String> = column.labels().iter().map(|(_, label)| label).collect();
    let count = labels.len();
    labels.sort_unstable();
    labels.dedup();
    labels.len() == count
}
