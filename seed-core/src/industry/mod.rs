//! Industry packs: what differs from trade to trade, as data in one TOML file.
//!
//! A pack is read strictly (unknown keys are refused) and then checked: everything that cannot be read, every list
//! that is missing or too short is named with its place, so that one look shows all that is to be done. A pack may
//! take lists from another one ([`PackDraft`]).
//!
//! ```
//! use seed_core::industry::{
//!     Activities, ActivityWords, Department, IndustryPack, Nutrition, OrganizationType, Product, ProductKind, Tag,
//!     TradeRole,
//! };
//! let pack = IndustryPack::bundled("food_beverage")?;
//! let supplier: &OrganizationType = pack.organization_types.iter().find(|kind| kind.role == TradeRole::Principal).unwrap();
//! assert!(!supplier.endings.is_empty());
//! let Department { titles, .. } = &pack.departments[0];
//! let Tag { color, .. } = &pack.tags[0];
//! assert!(!titles.is_empty() && color.starts_with('#'));
//! let cheese: &Product = pack.products.iter().find(|product| product.nutrition == Some(Nutrition::Dairy)).unwrap();
//! assert!(cheese.kind == ProductKind::Food && cheese.min_price <= cheese.max_price);
//! let Activities { meeting: ActivityWords { subjects, .. }, .. } = &pack.activity;
//! assert!(subjects.len() >= 6);
//! # Ok::<(), seed_core::industry::PackError>(())
//! ```

mod check;
mod draft;
mod error;
mod locate;
mod money;
mod phrase;
mod problem;
mod text_form;

use serde::{Deserialize, Serialize};

pub use check::MINIMUM_LENGTHS;
pub use draft::PackDraft;
pub use error::{Finding, PackError, Place};
pub use money::Cents;
pub use phrase::{Phrase, Piece, Slot};
pub use problem::ListProblem;

/// One industry: names, products and phrases of a trade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "a table", deny_unknown_fields)]
pub struct IndustryPack {
    /// Name as a person types it, `food_beverage`.
    #[serde(default)]
    pub name: String,
    /// Name for people, `Food & beverage`.
    #[serde(default)]
    pub title: String,
    /// One sentence on who would use it.
    #[serde(default)]
    pub description: String,
    /// Beginnings of company names, each completed by an ending of the company's type.
    #[serde(default)]
    pub organization_stems: Vec<String>,
    /// Kinds of companies in this trade.
    #[serde(default)]
    pub organization_types: Vec<OrganizationType>,
    /// Where people work, and as what.
    #[serde(default)]
    pub departments: Vec<Department>,
    /// Whom one loses deals to; made-up names.
    #[serde(default)]
    pub competitors: Vec<String>,
    /// Certifications that a product can carry.
    #[serde(default)]
    pub certifications: Vec<String>,
    /// Labels for contacts.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// What is sold.
    #[serde(default)]
    pub products: Vec<Product>,
    /// Words for activities, by type.
    #[serde(default)]
    pub activity: Activities,
    /// Whole notes about a contact or an opportunity.
    #[serde(default)]
    pub note_phrases: Vec<Phrase>,
    /// Notes about a company; they may not name a contact.
    #[serde(default)]
    pub organization_notes: Vec<Phrase>,
    /// What a deal is about.
    #[serde(default)]
    pub opportunity_descriptions: Vec<Phrase>,
    /// What to do next on a deal, also the titles of tasks.
    #[serde(default)]
    pub next_actions: Vec<Phrase>,
    /// What the customer decides by.
    #[serde(default)]
    pub decision_criteria: Vec<String>,
    /// What hurts the customer; also `{pain_point}` in phrases, so each reads well within a sentence.
    #[serde(default)]
    pub pain_points: Vec<String>,
}

/// A kind of company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "a table", deny_unknown_fields)]
pub struct OrganizationType {
    /// Its name, the `industry` of an organization.
    pub name: String,
    /// Which companies can be of this type.
    #[serde(default)]
    pub role: TradeRole,
    /// What the names of such companies end with, and no others: `Restaurants`, `Cash & Carry`.
    #[serde(default)]
    pub endings: Vec<String>,
}

/// On which side of the trade a company stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeRole {
    /// It buys.
    #[default]
    Customer,
    /// It supplies the products.
    Principal,
    /// It brings them from one to the other.
    Distributor,
}

impl TradeRole {
    pub(crate) const ALL: [Self; 3] = [Self::Customer, Self::Principal, Self::Distributor];

    /// As it stands in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Principal => "principal",
            Self::Distributor => "distributor",
        }
    }
}

/// Part of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "a table", deny_unknown_fields)]
pub struct Department {
    /// Its name, unique in the pack.
    pub name: String,
    /// What the cards of its people say, each title in one department only.
    #[serde(default)]
    pub titles: Vec<String>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "a table", deny_unknown_fields)]
pub struct Tag {
    /// Its name, unique in the pack.
    pub name: String,
    /// Colour as `#rrggbb`.
    pub color: String,
    /// What it is for.
    pub description: String,
}

/// Something that is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "a table", deny_unknown_fields)]
pub struct Product {
    /// Its name, unique in the pack.
    pub name: String,
    /// Its category.
    pub category: String,
    /// A finer category.
    #[serde(default)]
    pub subcategory: Option<String>,
    /// What sort of thing it is: only food has allergens and a nutrition panel.
    #[serde(default)]
    pub kind: ProductKind,
    /// Unit that the price is for: `case`, `lb`, `seat`, `month`.
    pub unit: String,
    /// One sentence from the price list.
    #[serde(default)]
    pub description: Option<String>,
    /// Lowest list price, a decimal string as `"12.50"`.
    pub min_price: Cents,
    /// Highest list price, not below the lowest.
    pub max_price: Cents,
    /// Allergens on the label.
    #[serde(default)]
    pub allergens: Vec<String>,
    /// What the nutrition panel is made from; `prepared` where food does not say.
    #[serde(default)]
    pub nutrition: Option<Nutrition>,
}

/// What sort of thing a product is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// Licences and subscriptions.
    Software,
    /// Food and drink.
    Food,
    /// Work done for the customer.
    Service,
    /// Any other goods.
    #[default]
    Goods,
}

/// Food of about the same composition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nutrition {
    /// Bread, cake, pastry.
    Bakery,
    /// Drinks.
    Beverage,
    /// Milk, cheese, butter, cream.
    Dairy,
    /// Flour, rice, pasta, beans.
    Grain,
    /// Meat and poultry.
    Meat,
    /// Oils and fats.
    Oil,
    /// Dishes, sauces, anything mixed.
    #[default]
    Prepared,
    /// Fruit and vegetables.
    Produce,
    /// Fish and shellfish.
    Seafood,
    /// Chips, nuts, bars.
    Snack,
    /// Sugar, syrup, chocolate, sweets.
    Sweet,
}

/// Words for activities, by type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "a table", deny_unknown_fields, default)]
pub struct Activities {
    /// Around a table.
    pub meeting: ActivityWords,
    /// On the phone.
    pub call: ActivityWords,
    /// Written.
    pub email: ActivityWords,
    /// Work to be done.
    pub task: ActivityWords,
    /// Something written down.
    pub note: ActivityWords,
    /// Shows, tastings, webinars.
    pub event: ActivityWords,
}

/// Words for one type of activity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "a table", deny_unknown_fields, default)]
pub struct ActivityWords {
    /// What it was about, in a few words.
    pub subjects: Vec<Phrase>,
    /// What came of it.
    pub outcomes: Vec<Phrase>,
    /// What was said or is to be said, in a sentence or two.
    pub descriptions: Vec<Phrase>,
}

impl ActivityWords {
    fn len(&self) -> usize {
        self.subjects.len() + self.outcomes.len() + self.descriptions.len()
    }
}

impl IndustryPack {
    /// Reads a pack and checks it; one that it extends is a bundled one.
    ///
    /// # Errors
    /// [`PackError::Content`] where the text is no pack, or lists are missing, too short, or hold what they must not;
    /// [`PackError::Unknown`] where it extends a pack that is not bundled.
    pub fn from_toml(text: &str) -> Result<Self, PackError> {
        let draft = PackDraft::parse(text)?;
        match draft.extends().map(PackDraft::bundled) {
            Some(base) => draft.on(&base?).finish(),
            None => draft.finish(),
        }
    }

    /// A pack to begin a new one with: every list is explained, and just long enough.
    pub fn template(name: &str, title: &str) -> String {
        let text = include_str!("../../industries/template.toml");
        let quoted = |text: &str| toml::Value::from(text).to_string();
        text.replacen("\"template\"", &quoted(name), 1)
            .replacen("\"Template\"", &quoted(title), 1)
    }

    /// Names of the bundled packs.
    pub fn names() -> Vec<&'static str> {
        BUNDLED.iter().map(|(name, _)| *name).collect()
    }

    /// The bundled pack of that name.
    ///
    /// # Errors
    /// [`PackError::Unknown`] with the names that there are.
    pub fn bundled(name: &str) -> Result<Self, PackError> {
        PackDraft::bundled(name)?.finish()
    }

    /// The TOML text of the bundled pack of that name, if there is one.
    pub fn bundled_text(name: &str) -> Option<&'static str> {
        let found = BUNDLED.iter().find(|(bundled, _)| *bundled == name);
        found.map(|(_, text)| *text)
    }

    /// Whether a pack can have that name: small letters, digits and underscores.
    pub fn is_name(name: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        !name.is_empty() && name.bytes().all(is_plain)
    }

    /// Its lists, each with how many entries it has; `titles` are those of all departments, `activity` is the words of
    /// all types.
    pub fn list_lengths(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("organization_stems", self.organization_stems.len()),
            ("organization_types", self.organization_types.len()),
            ("departments", self.departments.len()),
            ("titles", self.titles().count()),
            ("competitors", self.competitors.len()),
            ("certifications", self.certifications.len()),
            ("tags", self.tags.len()),
            ("products", self.products.len()),
            ("note_phrases", self.note_phrases.len()),
            ("organization_notes", self.organization_notes.len()),
            ("opportunity_descriptions", self.opportunity_descriptions.len()),
            ("next_actions", self.next_actions.len()),
            ("decision_criteria", self.decision_criteria.len()),
            ("pain_points", self.pain_points.len()),
            (
                "activity",
                self.activity_lists().iter().map(|(_, words)| words.len()).sum(),
            ),
        ]
    }

    /// All job titles, each with its department.
    pub(crate) fn titles(&self) -> impl Iterator<Item = (&str, &str)> {
        self.departments.iter().flat_map(|department| {
            let titles = department.titles.iter();
            titles.map(|title| (title.as_str(), department.name.as_str()))
        })
    }

    /// What names of companies on that side of the trade can end with, each with the number of its type.
    pub(crate) fn endings(&self, role: TradeRole) -> impl Iterator<Item = (usize, &str)> {
        let types = self.organization_types.iter().enumerate();
        types
            .filter(move |(_, of_type)| of_type.role == role)
            .flat_map(|(number, of_type)| {
                of_type
                    .endings
                    .iter()
                    .map(move |ending| (number, ending.as_str()))
            })
    }

    /// The words for one type of activity, by its name in [`Activities`].
    pub(crate) fn activity_lists(&self) -> [(&'static str, &ActivityWords); 6] {
        let Activities {
            meeting,
            call,
            email,
            task,
            note,
            event,
        } = &self.activity;
        [
            ("meeting", meeting),
            ("call", call),
            ("email", email),
            ("task", task),
            ("note", note),
            ("event", event),
        ]
    }
}

const BUNDLED: &[(&str, &str)] = &[
    (
        "food_beverage",
        include_str!("../../industries/food_beverage.toml"),
    ),
    ("healthcare", include_str!("../../industries/healthcare.toml")),
    (
        "manufacturing",
        include_str!("../../industries/manufacturing.toml"),
    ),
    ("real_estate", include_str!("../../industries/real_estate.toml")),
    ("saas", include_str!("../../industries/saas.toml")),
];
