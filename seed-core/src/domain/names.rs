//! Names of companies and products, unique by construction however many there are.

use super::digits::push_number;
use crate::industry::{IndustryPack, Product, ProductKind, TradeRole};
use crate::row::RowId;
use crate::spec::Volume;
use crate::stream::ColumnStream;
use crate::words::City;

/// How many companies further on in the list the next owner begins: behind the most that one has by default.
const OWNER_STEP: u64 = Volume::ADMIN.organizations;

/// Company names: the pack's stems, each with an ending of the company's type; those used before with another
/// ending, then with a city, then with a number.
#[derive(Debug)]
pub(crate) struct CompanyNames {
    stems: Vec<Part>,
    /// By [`TradeRole`].
    endings: [Vec<Ending>; 3],
}

#[derive(Debug)]
struct Ending {
    part: Part,
    organization_type: usize,
}

#[derive(Debug)]
struct Part {
    text: String,
    slug: String,
}

/// One company's name, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CompanyName<'w> {
    stem: &'w Part,
    ending: &'w Ending,
    /// Index of the city that the name ends with.
    pub city: Option<usize>,
    number: u64,
}

impl CompanyNames {
    pub fn new(seed: u64, pack: &IndustryPack) -> Self {
        let mut draw = ColumnStream::new(seed, "organizations", "name").at(0);
        let mut stems: Vec<Part> = pack
            .organization_stems
            .iter()
            .map(|stem| Part::new(stem))
            .collect();
        draw.shuffle(&mut stems);
        let endings = TradeRole::ALL.map(|role| {
            let endings = pack.endings(role).map(|(organization_type, ending)| Ending {
                part: Part::new(ending),
                organization_type,
            });
            let mut endings: Vec<Ending> = endings.collect();
            draw.shuffle(&mut endings);
            endings
        });
        Self { stems, endings }
    }

    /// The name of a row. Owners begin at different places of the list; where a stem comes again, for the same owner
    /// or another, it has another ending.
    pub fn of(&self, row: RowId, role: TradeRole, cities: &[City]) -> CompanyName<'_> {
        let count = self.stems.len() as u64;
        let place = (row.local() + u64::from(row.slot()) * OWNER_STEP) % count;
        let variant = pair(row.local() / count, u64::from(row.slot()));
        let endings = &self.endings[role as usize];
        let (own, choices) = (endings.len() as u64, cities.len() as u64);
        let wrap = variant / own;
        CompanyName {
            stem: &self.stems[place as usize],
            ending: &endings[((place + variant) % own) as usize],
            city: wrap.checked_sub(1).map(|wrap| (wrap % choices) as usize),
            number: wrap.saturating_sub(1) / choices,
        }
    }
}

impl<'w> CompanyName<'w> {
    /// The name without its ending, as a brand.
    pub fn stem(&self) -> &'w str {
        &self.stem.text
    }

    /// Number of the type that the ending stands for.
    pub fn organization_type(&self) -> usize {
        self.ending.organization_type
    }

    pub fn write(&self, cities: &[City], out: &mut String) {
        out.push_str(&self.stem.text);
        out.push(' ');
        out.push_str(&self.ending.part.text);
        if let Some(city) = self.city {
            out.push_str(" of ");
            out.push_str(cities[city].name);
        }
        if self.number > 0 {
            out.push_str(" No. ");
            push_number(self.number + 1, out);
        }
    }

    /// The name as part of an address: `blue-oak-foods`.
    pub fn write_slug(&self, cities: &[City], out: &mut String) {
        out.push_str(&self.stem.slug);
        out.push('-');
        out.push_str(&self.ending.part.slug);
        if let Some(city) = self.city {
            out.push('-');
            out.push_str(&cities[city].slug);
        }
        if self.number > 0 {
            out.push('-');
            push_number(self.number + 1, out);
        }
    }
}

impl Part {
    fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            slug: slug(text),
        }
    }
}

/// Products of the pack, sorted so that neighbours are of a kind and a principal's range hangs together.
#[derive(Debug)]
pub(crate) struct ProductNames {
    order: Vec<usize>,
    turn: u64,
    main_kind: ProductKind,
    /// Part of every stock keeping unit, so that other seeds have others.
    pub sku_tag: String,
    /// Where bar codes begin.
    pub upc_offset: u64,
}

/// Bar codes without their check digit are below this.
pub(crate) const UPC_RANGE: u64 = 100_000_000_000;
const SKU_LETTERS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

impl ProductNames {
    pub fn new(seed: u64, pack: &IndustryPack) -> Self {
        let mut order: Vec<usize> = (0..pack.products.len()).collect();
        order.sort_by_key(|&index| {
            (
                pack.products[index].kind == ProductKind::Software,
                &pack.products[index].category,
            )
        });
        let turn = ColumnStream::new(seed, "products", "name")
            .at(0)
            .below(order.len() as u64);
        let kinds = [
            ProductKind::Software,
            ProductKind::Food,
            ProductKind::Service,
            ProductKind::Goods,
        ];
        let of_kind = |kind: &ProductKind| {
            pack.products
                .iter()
                .filter(|product| product.kind == *kind)
                .count()
        };
        let main_kind = kinds.into_iter().max_by_key(of_kind).unwrap_or_default();
        let mut letters = ColumnStream::new(seed, "products", "sku").at(0);
        Self {
            order,
            turn,
            main_kind,
            sku_tag: (0..5).map(|_| char::from(*letters.pick(SKU_LETTERS))).collect(),
            upc_offset: ColumnStream::new(seed, "products", "upc").at(0).below(UPC_RANGE),
        }
    }

    /// What most products are; the pack's certifications are for these.
    pub fn main_kind(&self) -> ProductKind {
        self.main_kind
    }

    /// The entry of the pack for product `number`, and how often the list was gone through before.
    pub fn of<'p>(&self, pack: &'p IndustryPack, number: u64) -> (&'p Product, u64) {
        let count = self.order.len() as u64;
        (
            &pack.products[self.order[((number + self.turn) % count) as usize]],
            number / count,
        )
    }

    pub fn write(&self, pack: &IndustryPack, number: u64, out: &mut String) {
        let (product, round) = self.of(pack, number);
        out.push_str(&product.name);
        let variants = variants(product.kind);
        match round.checked_sub(1) {
            None => {}
            Some(variant) if variant < variants.len() as u64 => {
                out.push_str(", ");
                out.push_str(variants[variant as usize]);
            }
            Some(variant) => {
                out.push_str(" No. ");
                push_number(variant + 2, out);
            }
        }
    }
}

fn variants(kind: ProductKind) -> &'static [&'static str] {
    match kind {
        ProductKind::Food => &["Organic", "Family Size", "Reserve", "Value Pack", "Foodservice"],
        ProductKind::Software => &["Team", "Enterprise", "Premium", "Starter", "Multi-Site"],
        ProductKind::Service => &["Priority", "Extended", "Annual", "On Site"],
        ProductKind::Goods => &["Standard", "Heavy Duty", "Compact", "Bulk", "Series 2"],
    }
}

/// Both numbers as one, each pair a different one, small for small ones (Cantor).
fn pair(left: u64, right: u64) -> u64 {
    let sum = left + right;
    sum * (sum + 1) / 2 + right
}

/// A text as part of an address: letters and digits in lower case, everything else as single hyphens.
pub(crate) fn slug(text: &str) -> String {
    let mut out = String::new();
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            if gap && !out.is_empty() {
                out.push('-');
            }
            gap = false;
            out.push(letter.to_ascii_lowercase());
        } else if !matches!(letter, '\'' | '’' | '.') {
            gap = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain() {
        let check = |text: &str, expect: &str| assert_eq!(slug(text), expect);
        check("Kim's Deli & Co.", "kims-deli-co");
        check(" St. Mary's—East ", "st-marys-east");
    }

    #[test]
    fn pairs_are_distinct() {
        let pairs: std::collections::BTreeSet<u64> = (0..2500).map(|n| pair(n / 50, n % 50)).collect();
        assert_eq!(pairs.len(), 2500);
    }
}
