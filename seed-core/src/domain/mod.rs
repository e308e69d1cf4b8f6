//! What the records of a CRM mean: each field of each row as a function of its number, coherent with the others.
//!
//! A row asks its parents' functions for what it needs of them. References look back only: to lower numbers of the
//! same owner, which are there however many rows are asked for, so that more rows never change earlier ones.
//!
//! ```
//! use seed_core::domain::{Field, Record};
//! assert_eq!(Record::Opportunity.name(), "opportunities");
//! assert_eq!(Field::ActualCloseDate.name(), "actual_close_date");
//! assert!(Record::ALL.len() == 10 && Field::ALL.contains(&Field::Name));
//! ```

mod activity;
mod block;
mod contact;
mod contact_organization;
pub(crate) mod digits;
pub(crate) mod extent;
pub(crate) mod names;
mod note;
mod nutrition;
mod opportunity;
mod organization;
mod product;
mod record;
pub(crate) mod relatives;
mod sample;
pub(crate) mod stages;
mod subject;
mod tag;
mod task;
mod text;
mod time;
pub(crate) mod value;
pub(crate) mod vocabulary;
pub(crate) mod world;

pub use record::{Field, Record};
pub use sample::SampleNames;

pub(crate) use activity::Activity;
pub(crate) use contact::Contact;
pub(crate) use contact_organization::ContactOrganization;
pub(crate) use note::{ContactNote, OpportunityNote};
pub(crate) use opportunity::Opportunity;
pub(crate) use organization::Organization;
pub(crate) use product::Product;
pub(crate) use tag::Tag;
pub(crate) use task::Task;

use crate::row::RowId;
use relatives::Relatives;
use value::Value;
use world::World;

/// One row of a record: what others ask of it is worked out at once, the rest field by field.
pub(crate) trait Row<'w>: Sized {
    /// The row of that number.
    fn at(world: &'w World, id: RowId) -> Self {
        Self::among(&mut Relatives::new(world), id)
    }

    /// The same row, where some of what it has to ask for is known from rows before it.
    fn among(relatives: &mut Relatives<'w>, id: RowId) -> Self;

    /// A field's value; texts are put together in `text`, which comes empty.
    ///
    /// Inlined into the loop over the columns: what a value is follows from the field, and need not be looked at again.
    fn value<'s>(&'s self, field: Field, text: &'s mut String) -> Value<'s>;
}
