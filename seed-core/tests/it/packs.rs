//! Every file in `industries/` is a usable pack under its own name, and as large as the domain asks.

use std::path::Path;

use seed_core::domain::SampleNames;
use seed_core::industry::{IndustryPack, MINIMUM_LENGTHS, PackDraft, PackError};

#[test]
fn every_file_is_a_pack_under_its_own_name() {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("industries");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_template = path.ends_with("template.toml");
        if !is_template && path.extension().is_some_and(|extension| extension == "toml") {
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
    check("Food-Beverages", "did you mean `food_beverage`?");
    check("sass", "did you mean `saas`?");
    check("xyz", &format!("there are {}", IndustryPack::names().join(", ")));
}

#[test]
fn the_template_is_a_pack_that_explains_every_list() {
    let text = IndustryPack::template("corner_shops", "Corner \"shops\"");
    let pack = IndustryPack::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((&*pack.name, &*pack.title), ("corner_shops", "Corner \"shops\""));
    assert!(text.contains("\n# extends = \"food_beverage\"\n"));
    for (list, _) in MINIMUM_LENGTHS {
        let line = text
            .lines()
            .position(|line| line.starts_with(&format!("{list} = [")));
        let Some(line) = line.filter(|_| !["subjects", "outcomes", "descriptions"].contains(list)) else {
            continue;
        };
        let above = text.lines().nth(line - 1).unwrap();
        assert!(above.starts_with("# "), "`{list}` is not explained");
    }
}

#[test]
fn a_pack_survives_json() {
    for name in IndustryPack::names() {
        let pack = IndustryPack::bundled(name).unwrap();
        let json = serde_json::to_value(&pack).unwrap();
        assert_eq!(serde_json::from_value::<IndustryPack>(json).unwrap(), pack);
    }
}

const OWN: &str = "name = 'own'\ntitle = 'Own'\ndescription = 'Ours.'\nextends = 'saas'\n";

#[test]
fn a_pack_takes_the_lists_that_it_does_not_give_from_the_one_that_it_extends() {
    let base = IndustryPack::bundled("saas").unwrap();
    let own = "pain_points = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
        [activity.call]
        outcomes = ['one', 'two', 'three', 'four']";
    let pack = IndustryPack::from_toml(&format!("{OWN}{own}")).unwrap();
    assert_eq!((&*pack.name, pack.pain_points.len()), ("own", 10));
    assert_eq!(pack.activity.call.outcomes.len(), 4);
    assert_eq!(pack.activity.call.subjects, base.activity.call.subjects);
    assert_eq!(pack.activity.email, base.activity.email);
    assert_eq!(pack.products, base.products);
}

#[test]
fn a_pack_has_a_title_of_its_own_and_empties_no_list() {
    let findings = |text: &str| match IndustryPack::from_toml(text) {
        Err(PackError::Content { findings }) => findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        findings("name = 'own'\ndescription = 'Ours.'\nextends = 'saas'"),
        ["`title` is missing"]
    );
    assert_eq!(
        findings(&format!("{OWN}tags = []")),
        ["line 5, column 1: `tags` is missing or empty, it needs 20 entries"]
    );
}

#[test]
fn a_chain_of_packs_takes_each_list_from_the_nearest() {
    let draft = |text: &str| PackDraft::parse(text).unwrap();
    let middle = draft(&format!(
        "{OWN}decision_criteria = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']"
    ));
    let middle = middle.on(&PackDraft::bundled("saas").unwrap());
    let top = draft("name = 'top'\ntitle = 'Top'\ndescription = 'T.'\nextends = 'own'");
    assert_eq!(top.extends(), Some("own"));
    let pack = top.on(&middle).finish().unwrap();
    assert_eq!(pack.decision_criteria.len(), 10);
    assert_eq!(pack.tags, IndustryPack::bundled("saas").unwrap().tags);
}

#[test]
fn what_a_pack_extends_must_be_there_and_be_a_name() {
    let error = IndustryPack::from_toml(&OWN.replace("saas", "sass")).unwrap_err();
    assert_eq!(error.hint(), "did you mean `saas`?");
    let error = IndustryPack::from_toml(&OWN.replace("'saas'", "7")).unwrap_err();
    let found = "line 4, column 11: `extends`: invalid type: integer, expected a string";
    assert!(error.to_string().starts_with(found), "{error}");
}

#[test]
fn sample_names_are_those_of_the_seed() {
    let pack = IndustryPack::bundled("saas").unwrap();
    let plan = crate::support::plan("saas", 42, &[seed_core::plan::Volume::ADMIN]);
    let names = |record| -> Vec<String> {
        let rows = crate::support::rows(&plan, record);
        rows[..10].iter().map(|row| row.get("name").to_owned()).collect()
    };
    let sample = SampleNames::new(42, &pack, 10);
    assert_eq!(
        sample.organizations,
        names(seed_core::domain::Record::Organization)
    );
    assert_eq!(sample.products, names(seed_core::domain::Record::Product));
}
