//! Every file in `industries/` is a usable pack under its own name, and as large as the domain asks.

use std::path::Path;

use seed_core::industry::{IndustryPack, PackError};

#[test]
fn every_file_is_a_pack_under_its_own_name() {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("industries");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let pack =
                IndustryPack::from_toml(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(path.file_stem().unwrap().to_str().unwrap(), pack.name);
            found.push(pack.name);
        }
    }
    found.sort();
    assert_eq!(found, IndustryPack::names(), "every file is bundled");
}

#[test]
fn an_unknown_name_gets_the_nearest() {
    let check = |name: &str, hint: &str| {
        let error = IndustryPack::bundled(name).unwrap_err();
        assert!(matches!(error, PackError::Unknown { .. }));
        assert_eq!(error.hint(), hint);
    };
    check("Food-Beverages", "did you mean `--industry food_beverage`?");
    check("sass", "did you mean `--industry saas`?");
    check(
        "xyz",
        "there are food_beverage, healthcare, manufacturing, real_estate, saas",
    );
}
