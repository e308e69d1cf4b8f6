//! Labels. They belong to nobody and stay when seeded rows are taken back.

use super::digits::push_number;
use super::relatives::Relatives;
use super::time::DAY;
use super::value::Value;
use super::world::World;
use super::{Field, Record, Row};
use crate::row::RowId;

#[derive(Debug)]
pub(crate) struct Tag<'w> {
    world: &'w World,
    id: RowId,
}

impl<'w> Row<'w> for Tag<'w> {
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self {
        let world = relatives.world;
        Self { world, id }
    }

    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s> {
        let tags = &self.world.pack.tags;
        let tag = &tags[(self.id.local() % tags.len() as u64) as usize];
        match field {
            Field::Id => Value::Row(Record::Tag, self.id),
            Field::Name => {
                self.write_name(text);
                Value::Text(text)
            }
            Field::Color => {
                text.push_str(&tag.color);
                text.make_ascii_lowercase();
                Value::Text(text)
            }
            Field::Description => Value::Text(&tag.description),
            // Older than anything that carries it.
            Field::CreatedAt | Field::UpdatedAt => Value::Moment(self.world.as_of - 1600 * DAY),
            Field::AssignedTo | Field::CreatedBy => Value::Owner,
            _ => Value::Null,
        }
    }
}

impl Tag<'_> {
    /// The numbers of the tags that would be called so.
    pub fn numbers_of(world: &World, name: &str) -> impl Iterator<Item = u64> {
        let count = world.pack.tags.len() as u64;
        world.pack.tags.iter().zip(0..).filter_map(move |(tag, number)| {
            let rest = name.strip_prefix(tag.name.as_str())?;
            let round = match rest {
                "" => 1,
                _ => rest
                    .strip_prefix(' ')?
                    .parse::<u64>()
                    .ok()
                    .filter(|round| *round > 1)?,
            };
            (round - 1).checked_mul(count)?.checked_add(number)
        })
    }

    /// The pack's name; from the second round on with a number.
    fn write_name(&self, out: &mut String) {
        let tags = &self.world.pack.tags;
        let count = tags.len() as u64;
        out.push_str(&tags[(self.id.local() % count) as usize].name);
        if self.id.local() >= count {
            out.push(' ');
            push_number(self.id.local() / count + 1, out);
        }
    }
}
