//! Industry packs: what differs from trade to trade, as data in one TOML file.
//!
//! A pack is read strictly (unknown keys are refused) and then checked: every list that is missing or too short
//! is named, so that one look shows all that is to be done.

mod check;
mod money;
mod phrase;

use std::fmt;

use serde::Deserialize;

pub use check::{ListProblem, MINIMUM_LENGTHS};
pub use money::Cents;
pub use phrase::{Phrase, Piece, Slot};

/// One industry: names, products and phrases of a trade.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndustryPack {
    /// Name as a person types it, `food_beverage`.
    pub name: String,
    /// Name for people, `Food & beverage`.
    pub title: String,
    /// One sentence on who would use it.
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Its name, unique in the pack.
    pub name: String,
    /// What the cards of its people say, each title in one department only.
    #[serde(default)]
    pub titles: Vec<String>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Its name, unique in the pack.
    pub name: String,
    /// Colour as `#rrggbb`.
    pub color: String,
    /// What it is for.
    pub description: String,
}

/// Something that is sold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
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
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ActivityWords {
    /// What it was about, in a few words.
    pub subjects: Vec<Phrase>,
    /// What came of it.
    pub outcomes: Vec<Phrase>,
    /// What was said or is to be said, in a sentence or two.
    pub descriptions: Vec<Phrase>,
}

/// Why a text is not a usable pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Not TOML, an unknown key, a wrong type, an unknown placeholder.
    #[error("read industry pack: {message}")]
    Syntax {
        /// What the parser said, with line and column.
        message: String,
    },
    /// It can be read and lacks content.
    #[error("check industry pack `{pack}`: {}", Problems(problems))]
    Content {
        /// Name of the pack.
        pack: String,
        /// All that is wrong, not just the first.
        problems: Vec<ListProblem>,
    },
    /// No bundled pack is called that.
    #[error("no industry pack is called `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
}

impl PackError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Syntax { .. } => "mend the TOML file at the line named".into(),
            Self::Content { .. } => "make the lists named longer, or mend what is named in them".into(),
            Self::Unknown {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `--industry {nearest}`?"),
            Self::Unknown { .. } => format!("there are {}", IndustryPack::names().join(", ")),
        }
    }
}

impl IndustryPack {
    /// Reads a pack and checks it.
    ///
    /// # Errors
    /// [`PackError::Syntax`] where the text is not a pack, [`PackError::Content`] where lists are missing, too
    /// short, or hold what they must not.
    pub fn from_toml(text: &str) -> Result<Self, PackError> {
        let pack: Self = toml::from_str(text).map_err(|error| PackError::Syntax {
            message: error.to_string(),
        })?;
        match pack.problems() {
            problems if problems.is_empty() => Ok(pack),
            problems => Err(PackError::Content {
                pack: pack.name,
                problems,
            }),
        }
    }

    /// Names of the bundled packs.
    pub fn names() -> Vec<&'static str> {
        BUNDLED.iter().map(|(name, _)| *name).collect()
    }

    /// The bundled pack of that name.
    ///
    /// # Errors
    /// [`PackError::Unknown`] with the nearest name.
    pub fn bundled(name: &str) -> Result<Self, PackError> {
        match BUNDLED.iter().find(|(bundled, _)| *bundled == name) {
            Some((_, text)) => Self::from_toml(text),
            None => Err(PackError::Unknown {
                name: name.to_owned(),
                nearest: nearest(name),
            }),
        }
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

fn nearest(name: &str) -> Option<String> {
    let wanted = name.to_lowercase().replace(['-', ' '], "_");
    IndustryPack::names()
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&wanted, known), known))
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .filter(|(score, _)| *score > 0.6)
        .map(|(_, known)| known.to_owned())
}

struct Problems<'a>(&'a [ListProblem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}{problem}")?;
        }
        Ok(())
    }
}
