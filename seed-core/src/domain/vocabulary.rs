//! Which words a field can be, for fields that take one of a few: a database may allow fewer, or others.

use super::stages::Stage;
use super::world::World;
use super::{Field, Record};

/// All words that a field can be; `None` for free text.
pub(crate) fn terms(world: &World, record: Record, field: Field) -> Option<Vec<&str>> {
    let fixed: &[&str] = match (record, field) {
        (Record::Organization, Field::OrganizationType) => &[
            "customer",
            "principal",
            "distributor",
            "prospect",
            "partner",
            "unknown",
        ],
        (Record::Organization, Field::Priority) => &["A", "B", "C", "D"],
        (Record::Organization, Field::Industry) => {
            return Some(
                world
                    .pack
                    .organization_types
                    .iter()
                    .map(|of_type| of_type.name.as_str())
                    .collect(),
            );
        }
        (Record::Opportunity, Field::Stage) => {
            return Some(
                world
                    .stages
                    .list
                    .iter()
                    .map(|Stage { name, .. }| name.as_str())
                    .collect(),
            );
        }
        (Record::Opportunity, Field::Status) => {
            return Some(world.stages.list.iter().map(|stage| stage.status).collect());
        }
        (Record::Opportunity, Field::Category) => {
            return Some(vec![
                &world.pipeline.default_category,
                "new_business",
                "upsell",
                "renewal",
                "referral",
            ]);
        }
        (Record::Opportunity | Record::Activity | Record::Task, Field::Priority) => {
            &["low", "medium", "high", "critical"]
        }
        (Record::Activity, Field::Type) => &["meeting", "call", "email", "task", "note", "event"],
        (Record::Activity, Field::Status) => &["pending", "in_progress", "completed", "cancelled"],
        (Record::Activity, Field::InteractionType) => &[
            "sales_call",
            "support_ticket",
            "product_demo",
            "follow_up",
            "negotiation",
        ],
        (Record::ContactNote | Record::OpportunityNote, Field::Type) => {
            &["general", "meeting", "call", "email", "internal"]
        }
        (Record::Task, Field::Type) => &["call", "email", "meeting", "follow_up", "proposal"],
        (Record::Task, Field::Status) => &["completed", "pending"],
        (Record::Product, Field::Status) => &["active", "discontinued", "seasonal", "coming_soon"],
        (Record::Product, Field::Category) => {
            return Some(
                world
                    .pack
                    .products
                    .iter()
                    .map(|product| product.category.as_str())
                    .collect(),
            );
        }
        (Record::Product, Field::UnitOfMeasure) => {
            return Some(
                world
                    .pack
                    .products
                    .iter()
                    .map(|product| product.unit.as_str())
                    .collect(),
            );
        }
        (Record::ContactOrganization, Field::Role) => &[
            "employee",
            "decision_maker",
            "influencer",
            "buyer",
            "consultant",
            "board_member",
            "advisor",
            "former_employee",
        ],
        _ => return None,
    };
    Some(fixed.to_vec())
}
