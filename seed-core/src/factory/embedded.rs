//! What stands in columns of JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One of the e-mail addresses of a person.
///
/// ```
/// use seed_core::factory::Contact;
/// let work = &Contact::factory().build().email[0];
/// assert_eq!(work.kind, "work");
/// assert!(work.email.ends_with(".example"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailAddress {
    /// The address.
    pub email: String,
    /// `work` or `home`; in JSON it is called `type`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// One of the telephone numbers of a person.
///
/// ```
/// use seed_core::factory::Contact;
/// let work = &Contact::factory().build().phone[0];
/// assert_eq!(work.kind, "work");
/// assert!(work.number.contains(" 555-01"), "nobody has such a number");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneNumber {
    /// The number.
    pub number: String,
    /// `work` or `mobile`; in JSON it is called `type`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Someone in a meeting or a call.
///
/// ```
/// use seed_core::factory::{Activity, Contact, Records};
/// let records = Records::seeded(7);
/// let meeting = records.activities().meeting().build();
/// let participants = meeting.participants.unwrap();
/// assert!(records.get::<Contact>(participants[0].contact_id).is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who: a key of `contacts`.
    pub contact_id: Uuid,
    /// Whether they came.
    pub participated: bool,
    /// How it was with them.
    pub notes: String,
}

/// The nutrition panel on the label of food.
///
/// ```
/// use seed_core::factory::Product;
/// let panel = Product::factory().food().build().nutrition.unwrap();
/// assert!(panel.calories >= 0 && panel.nutrients.contains_key("protein_g"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nutrition {
    /// How much a serving is.
    pub serving_size: String,
    /// Servings in a package.
    pub servings_per_container: i64,
    /// Kilocalories in a serving.
    pub calories: i64,
    /// What else is in a serving, by name; the unit is the end of the name, as in `protein_g`.
    #[serde(flatten)]
    pub nutrients: BTreeMap<String, f64>,
}
