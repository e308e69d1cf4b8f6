//! A small data set of each pack as text, and the digest of the default one. When they change on purpose:
//! `INSTA_UPDATE=always cargo test --package seed-core --test it golden`.

use std::fmt::Write;

use seed_core::plan::Volume;

use crate::support::plan;

fn check(pack: &str) {
    let small = Volume {
        organizations: 3,
        contacts: 4,
        tags: 2,
        products: 3,
        ..Volume::of_each(5)
    };
    let small = plan(
        pack,
        42,
        &[
            small,
            Volume {
                products: 0,
                ..Volume::of_each(1)
            },
        ],
    );
    let mut text = String::new();
    for table in small.tables() {
        writeln!(text, "{}", table.copy_statement()).unwrap();
        for row in table.sample(table.row_count()) {
            let values: Vec<String> = row
                .into_iter()
                .map(|value| value.unwrap_or_else(|| "∅".into()))
                .collect();
            writeln!(text, "{}", values.join(" | ")).unwrap();
        }
        writeln!(text, "sha256 {}\n", table.digest()).unwrap();
    }
    let whole = plan(pack, 42, &[Volume::ADMIN, Volume::DIRECTOR, Volume::MANAGER]);
    writeln!(
        text,
        "{} rows of the default volumes: sha256 {}",
        whole.row_count(),
        whole.digest()
    )
    .unwrap();
    insta::assert_snapshot!(pack, text);
}

#[test]
fn food_beverage() {
    check("food_beverage");
}

#[test]
fn healthcare() {
    check("healthcare");
}

#[test]
fn manufacturing() {
    check("manufacturing");
}

#[test]
fn real_estate() {
    check("real_estate");
}

#[test]
fn saas() {
    check("saas");
}
