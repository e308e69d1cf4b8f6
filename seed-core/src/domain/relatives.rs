//! What rows have in common with the rows before them, so that it is not worked out again for each.
//!
//! Children lie beside each other, and so do the parents of neighbours: the last few of them are nearly always those
//! that the next row asks for. What is kept here is what the same functions gave before; it changes no value, and it
//! does not grow with the rows.

use super::world::World;
use super::{Contact, Field, Opportunity, Organization, Record};
use crate::layout::{Dealer, Layout, Place};
use crate::row::RowId;
use crate::stream::Order;

/// The parents of the rows before, and where those rows lay.
#[derive(Debug)]
pub(crate) struct Relatives<'w> {
    pub world: &'w World,
    organizations: Memory<RowId, Organization<'w>, 8>,
    contacts: Memory<RowId, Contact<'w>, 16>,
    opportunities: Memory<RowId, Opportunity<'w>, 2>,
    orders: Memory<(Record, Field, RowId, u64), Order, 256>,
    /// One for each relation that was asked for.
    dealers: Vec<Dealer<'w>>,
}

impl<'w> Relatives<'w> {
    /// Nothing is known yet.
    pub fn new(world: &'w World) -> Self {
        Self {
            world,
            organizations: Memory::default(),
            contacts: Memory::default(),
            opportunities: Memory::default(),
            orders: Memory::default(),
            dealers: Vec::new(),
        }
    }

    pub fn organization(&mut self, id: RowId) -> &Organization<'w> {
        let place = id.local();
        if self.organizations.get(place, id).is_none() {
            let organization = Organization::as_parent(self, id);
            self.organizations.keep(place, id, organization);
        }
        self.organizations.at(place)
    }

    pub fn contact(&mut self, id: RowId) -> &Contact<'w> {
        let place = id.local();
        if self.contacts.get(place, id).is_none() {
            let contact = Contact::as_parent(self, id);
            self.contacts.keep(place, id, contact);
        }
        self.contacts.at(place)
    }

    pub fn opportunity(&mut self, id: RowId) -> &Opportunity<'w> {
        let place = id.local();
        if self.opportunities.get(place, id).is_none() {
            let opportunity = Opportunity::as_parent(self, id);
            self.opportunities.keep(place, id, opportunity);
        }
        self.opportunities.at(place)
    }

    /// Where a child lies, as [`Layout::place`] has it.
    pub fn place(&mut self, layout: &'w Layout, child: u64, parents: u64) -> Place {
        let known = self.dealers.iter_mut().find(|dealer| dealer.is_of(layout));
        let dealer = match known {
            Some(dealer) => dealer,
            None => {
                self.dealers.push(Dealer::new(layout, parents));
                self.dealers.last_mut().expect("it was pushed just now")
            }
        };
        dealer.place(child, parents)
    }

    /// The order that a row's draw makes of so many items.
    pub fn order(&mut self, record: Record, field: Field, row: RowId, count: u64) -> Order {
        let key = (record, field, row, count);
        let place = field as u64 * 29 + count;
        if let Some(known) = self.orders.get(place, key) {
            return *known;
        }
        let order = self.world.draw(record, field, row).order(count);
        self.orders.keep(place, key, order);
        order
    }

    /// The item whose turn it is with this row, in the owner's order: neighbours have different ones.
    pub fn in_turn<'a, T>(&mut self, record: Record, field: Field, row: RowId, items: &'a [T]) -> &'a T {
        let owner = RowId::of_owner(row.slot());
        let order = self.order(record, field, owner, items.len() as u64);
        &items[order.at(row.local()) as usize]
    }
}

/// The last value for each of `N` places.
#[derive(Debug)]
struct Memory<K, V, const N: usize>([Option<(K, V)>; N]);

impl<K: Copy + PartialEq, V: Copy, const N: usize> Memory<K, V, N> {
    /// The value at a place, where it is the one of that key.
    fn get(&self, place: u64, key: K) -> Option<&V> {
        let kept = self.0[place as usize % N].as_ref();
        kept.filter(|(known, _)| *known == key).map(|(_, value)| value)
    }

    fn keep(&mut self, place: u64, key: K, value: V) {
        self.0[place as usize % N] = Some((key, value));
    }

    /// What was found or kept at a place before.
    fn at(&self, place: u64) -> &V {
        let kept = self.0[place as usize % N].as_ref();
        &kept.expect("the place was filled before").1
    }
}

impl<K: Copy, V: Copy, const N: usize> Default for Memory<K, V, N> {
    fn default() -> Self {
        Self([None; N])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Activity, ContactNote, ContactOrganization, OpportunityNote, Product, Row, Task};
    use crate::industry::IndustryPack;
    use crate::spec::{Owner, SeedSpec, Volume};

    /// Rows here and there, of two owners by turns, are what they are where nothing is known.
    fn check<'w, R: Row<'w>>(relatives: &mut Relatives<'w>, record: Record) {
        let rows = Volume::DIRECTOR.organizations;
        for number in 0..6 * rows {
            let id = RowId::new((number % 2) as u16, number * 7 % rows);
            let (alone, among) = (R::at(relatives.world, id), R::among(relatives, id));
            for &field in Field::ALL {
                let [mut expect, mut text] = [String::new(), String::new()];
                let expect = format!("{:?}", alone.value(field, &mut expect));
                let value = format!("{:?}", among.value(field, &mut text));
                assert_eq!(value, expect, "{field} of {record} {id:?}");
            }
        }
    }

    #[test]
    fn what_is_kept_changes_no_value() {
        let owners = [(0, Volume::ADMIN), (1, Volume::DIRECTOR)].map(|(slot, volume)| Owner {
            slot,
            user_id: None,
            profile_id: None,
            volume,
            earlier: Vec::new(),
        });
        let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
        let pack = IndustryPack::bundled("healthcare").unwrap();
        let world = World::new(&SeedSpec::new(42, as_of, pack, owners.to_vec()));
        // One memory for all of them, so that each finds what others left.
        let relatives = &mut Relatives::new(&world);
        check::<Organization<'_>>(relatives, Record::Organization);
        check::<Contact<'_>>(relatives, Record::Contact);
        check::<ContactOrganization<'_>>(relatives, Record::ContactOrganization);
        check::<Opportunity<'_>>(relatives, Record::Opportunity);
        check::<Activity<'_>>(relatives, Record::Activity);
        check::<ContactNote<'_>>(relatives, Record::ContactNote);
        check::<OpportunityNote<'_>>(relatives, Record::OpportunityNote);
        check::<Task<'_>>(relatives, Record::Task);
        check::<Product<'_>>(relatives, Record::Product);
    }
}
