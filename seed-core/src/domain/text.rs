//! Phrases of the pack, filled.

use super::world::World;
use super::{Contact, Opportunity, Organization};
use crate::industry::{Phrase, Piece, Slot};
use crate::stream::Draw;

/// What a phrase can speak of.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a, 'w> {
    pub world: &'w World,
    pub organization: &'a Organization<'w>,
    pub contact: Option<&'a Contact<'w>>,
    /// The deal that it is about, and so which product and which competitor; any of the pack otherwise.
    pub deal: Option<&'a Opportunity<'w>>,
}

impl Context<'_, '_> {
    /// The phrase with its placeholders filled, appended to `out`.
    pub fn write(&self, phrase: &Phrase, draw: &mut Draw, out: &mut String) {
        for piece in phrase.pieces() {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(slot) => self.write_slot(draw, *slot, out),
            }
        }
    }

    fn write_slot(&self, draw: &mut Draw, slot: Slot, out: &mut String) {
        let pack = &self.world.pack;
        match (slot, self.contact) {
            (Slot::Organization, _) => self.organization.write_name(out),
            (Slot::Contact, Some(contact)) => contact.write_name(out),
            (Slot::FirstName, Some(contact)) => out.push_str(contact.first_name().text),
            // A checked pack has no such phrase where there is no contact.
            (Slot::Contact | Slot::FirstName, None) => out.push_str("the team"),
            (Slot::Product, _) => {
                let number = match self.deal {
                    Some(deal) => deal.product(),
                    None => draw.below(pack.products.len() as u64),
                };
                self.world.products.write(pack, number, out);
            }
            (Slot::Competitor, _) => out.push_str(match self.deal {
                Some(deal) => deal.competitor(),
                None => draw.word(&pack.competitors),
            }),
            (Slot::PainPoint, _) => out.push_str(draw.word(&pack.pain_points)),
            (Slot::City, _) => out.push_str(self.organization.city().name),
        }
    }
}
