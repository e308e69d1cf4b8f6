//! Words that belong to no trade: names of people, streets and cities. Data only; one entry a line.

use crate::domain::names::slug;

/// A city.
#[derive(Debug)]
pub(crate) struct City {
    pub name: &'static str,
    /// The name as part of an address.
    pub slug: String,
    pub state: &'static str,
    pub postal_code: &'static str,
    pub area_code: &'static str,
}

/// A name, and the same as part of an address.
#[derive(Debug)]
pub(crate) struct Name {
    pub text: &'static str,
    pub slug: String,
}

/// All lists, split once.
#[derive(Debug)]
pub(crate) struct Words {
    pub first_names: Vec<Name>,
    /// In no alphabetical order, for colleagues are taken from it in steps.
    pub last_names: Vec<Name>,
    pub streets: Vec<&'static str>,
    pub cities: Vec<City>,
}

impl Words {
    pub fn load() -> Self {
        Self {
            first_names: include_str!("first_names.txt").lines().map(name).collect(),
            last_names: include_str!("last_names.txt").lines().map(name).collect(),
            streets: include_str!("streets.txt").lines().collect(),
            cities: include_str!("cities.txt").lines().map(city).collect(),
        }
    }
}

fn name(text: &'static str) -> Name {
    Name {
        text,
        slug: slug(text),
    }
}

fn city(line: &'static str) -> City {
    let mut parts = line.split('|');
    let mut next = || parts.next().expect("a city has four parts");
    let name = next();
    City {
        name,
        slug: slug(name),
        state: next(),
        postal_code: next(),
        area_code: next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn lists_are_distinct_and_whole() {
        let words = Words::load();
        let texts = |names: &[Name]| names.iter().map(|name| name.text).collect();
        for list in [texts(&words.first_names), texts(&words.last_names), words.streets] {
            let list: Vec<&str> = list;
            assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len());
            assert!(list.iter().all(|word| !word.trim().is_empty() && word.is_ascii()));
        }
        for city in &words.cities {
            assert_eq!(
                [city.state.len(), city.postal_code.len(), city.area_code.len()],
                [2, 5, 3],
                "{city:?}"
            );
        }
        assert!(words.cities.len() >= 60 && words.last_names.len() >= 150);
    }
}
