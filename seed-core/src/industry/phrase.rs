//! Sentences with places to fill.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::text_form;

/// A sentence such as `Reviewed pricing for {product} with {contact}`, split at its placeholders.
///
/// ```
/// use seed_core::industry::{IndustryPack, Slot};
/// let pack = IndustryPack::bundled("saas")?;
/// assert!(pack.next_actions.iter().any(|phrase| phrase.has(Slot::Contact)));
/// # Ok::<(), seed_core::industry::PackError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Phrase {
    pieces: Vec<Piece>,
}

/// Part of a sentence.
///
/// ```
/// use seed_core::industry::{IndustryPack, Piece};
/// let pack = IndustryPack::bundled("saas")?;
/// let is_text = |piece: &Piece| matches!(piece, Piece::Text(_));
/// assert!(pack.note_phrases.iter().any(|phrase| phrase.pieces().iter().all(is_text)));
/// # Ok::<(), seed_core::industry::PackError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// To be filled.
    Slot(Slot),
}

/// What can stand in a placeholder.
///
/// ```
/// use seed_core::industry::{IndustryPack, Slot};
/// let pack = IndustryPack::bundled("saas")?;
/// // A note about a company names nobody.
/// assert!(!pack.organization_notes.iter().any(|phrase| phrase.has(Slot::FirstName)));
/// # Ok::<(), seed_core::industry::PackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// `{organization}`: the customer's name.
    Organization,
    /// `{contact}`: first and last name.
    Contact,
    /// `{first_name}`: the contact's first name.
    FirstName,
    /// `{product}`: a product of the pack; in a deal the one that it is about.
    Product,
    /// `{competitor}`: a competitor of the pack.
    Competitor,
    /// `{pain_point}`: a pain point of the pack.
    PainPoint,
    /// `{city}`: where the customer is.
    City,
}

impl Slot {
    const ALL: [(&'static str, Self); 7] = [
        ("organization", Self::Organization),
        ("contact", Self::Contact),
        ("first_name", Self::FirstName),
        ("product", Self::Product),
        ("competitor", Self::Competitor),
        ("pain_point", Self::PainPoint),
        ("city", Self::City),
    ];
}

impl Phrase {
    /// Text and placeholders in their order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The words before the first placeholder.
    pub fn opening(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether this placeholder is one of its own.
    pub fn has(&self, slot: Slot) -> bool {
        self.pieces.contains(&Piece::Slot(slot))
    }

    /// Whether one of the placeholders is a person.
    pub fn names_a_contact(&self) -> bool {
        self.has(Slot::Contact) || self.has(Slot::FirstName)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Slot(slot) => {
                let name = Slot::ALL
                    .iter()
                    .find(|(_, known)| known == slot)
                    .map(|(name, _)| *name);
                write!(f, "{{{}}}", name.unwrap_or_default())
            }
        })
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.to_string()
    }
}

impl<'de> Deserialize<'de> for Phrase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::read(deserializer)
    }
}

impl TryFrom<String> for Phrase {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find(['{', '}']) {
            let slot = rest[open..]
                .strip_prefix('{')
                .and_then(|after| after.split_once('}'));
            let (name, after) = slot.ok_or_else(|| format!("a brace stands alone in `{text}`"))?;
            let known = Slot::ALL.iter().find(|(known, _)| *known == name);
            let (_, slot) = known.ok_or_else(|| {
                let names = Slot::ALL.map(|(name, _)| format!("{{{name}}}")).join(", ");
                format!("`{{{name}}}` in `{text}` is no placeholder; there are {names}")
            })?;
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            pieces.push(Piece::Slot(*slot));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_placeholders() {
        let phrase = Phrase::try_from("Ask {contact} about {product}.".to_owned()).unwrap();
        let text = |text: &str| Piece::Text(text.to_owned());
        let expect = [
            text("Ask "),
            Piece::Slot(Slot::Contact),
            text(" about "),
            Piece::Slot(Slot::Product),
            text("."),
        ];
        assert_eq!(phrase.pieces(), expect);
        assert!(phrase.names_a_contact());
        assert_eq!(phrase.to_string(), "Ask {contact} about {product}.");
    }

    #[test]
    fn refuses_what_it_cannot_fill() {
        let error = |text: &str| Phrase::try_from(text.to_owned()).unwrap_err();
        assert!(error("Call {boss}").contains("`{boss}`"));
        assert!(error("Call {contact").contains("stands alone"));
        assert!(error("Call contact}").contains("stands alone"));
    }
}
