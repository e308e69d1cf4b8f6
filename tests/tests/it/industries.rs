//! `cargo xtask industries`, and packs of one's own.

use std::fs;

use serde_json::Value;
use workspace_tests::Project;

const DAY: &str = "2026-11-22";

/// A pack that takes all lists but one from a bundled one.
fn own_pack(competitor: &str) -> String {
    let others: Vec<String> = (1..13).map(|number| format!("'Rival {number}'")).collect();
    format!(
        "name = 'bakeries'\ntitle = 'Bakeries'\ndescription = 'Sells to bakeries.'\nextends = 'food_beverage'\n\
         competitors = ['{competitor}', {}]\n",
        others.join(", ")
    )
}

fn findings(project: &Project, file: &str) -> Vec<String> {
    let checked = project
        .xtask(&["industries", "check", file, "--json"])
        .exits(1)
        .json();
    assert_eq!(checked["usable"], false);
    let text = |finding: &Value| format!("{}: {}", finding["line"], finding["problem"].as_str().unwrap());
    checked["findings"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn a_new_pack_is_usable_as_it_is() {
    let project = Project::reference();
    let new = ["industries", "new", "garden_trade", "--json"];
    let written = project
        .xtask(&new)
        .exits(0)
        .says("industries check garden_trade")
        .json();
    let file = project.folder().join("industries/garden_trade.toml");
    assert_eq!(written["file"], file.to_str().unwrap());
    project
        .xtask(&["industries", "check", "industries/garden_trade.toml"])
        .exits(0);
    project
        .xtask(&["industries", "check", "garden_trade"])
        .exits(0)
        .says("is a usable pack");
    let reset = project
        .xtask(&["reset", "--dry-run", "--industry", "garden_trade"])
        .exits(0);
    assert!(
        reset.stdout.contains("garden_trade · seed 42"),
        "{}",
        reset.stdout
    );
    project
        .xtask_with(
            "SEED_INDUSTRY",
            "industries/garden_trade.toml",
            &["reset", "--dry-run"],
        )
        .exits(0);

    project.write("industries/garden_trade.toml", "mine");
    project
        .xtask(&new)
        .exits(1)
        .says("it is there already")
        .says("--force");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    project.xtask(&[&new[..], &["--force"]].concat()).exits(0);
    project.xtask(&["industries", "check", "garden_trade"]).exits(0);

    project
        .xtask(&["industries", "new", "other", "--out", "packs/other.toml"])
        .exits(0);
    project
        .xtask(&["industries", "show", "packs/other.toml"])
        .exits(0);
    let folder = ["industries", "new", "other", "--force", "--out", "packs"];
    project
        .xtask(&folder)
        .exits(1)
        .says("write `packs`: it is a folder");
    assert!(!project.folder().join("industries/other.toml").exists());
}

#[test]
fn a_name_that_cannot_be_typed_is_refused() {
    let project = Project::reference();
    for name in ["Garden", "garden-trade", "../garden", "", "gärten"] {
        project
            .xtask(&["industries", "new", name])
            .exits(1)
            .says("a-z, 0-9 and _")
            .says("hint:");
    }
    assert!(!project.folder().join("industries").exists());
}

#[test]
fn the_list_shows_own_packs_first_and_those_that_are_not_usable_too() {
    let project = Project::reference();
    project.write(
        "industries/saas.toml",
        &own_pack("Anvil").replace("bakeries", "saas"),
    );
    project.write("industries/broken.toml", "name = ");
    let run = project.xtask(&["industries", "list"]).exits(0);
    let run = run.says("broken.toml").says("go before bundled packs");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(
        lines[1].contains("not usable") && lines[2].contains("industries/saas.toml"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("Food & beverage") && run.stdout.contains("bundled"),
        "{}",
        run.stdout
    );

    let list = project.xtask(&["industries", "list", "--json"]).exits(0).json();
    let names: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|pack| pack["name"].as_str().unwrap())
        .collect();
    assert_eq!(names[..3], ["broken", "saas", "food_beverage"]);
    assert_eq!(names.iter().filter(|name| **name == "saas").count(), 1);
    assert!(
        list[0]["error"].as_str().unwrap().contains("line 1"),
        "{}",
        list[0]
    );
    assert_eq!(list[1]["lists"]["competitors"], 13);
}

#[test]
fn a_pack_is_shown_with_names_that_the_seed_makes() {
    let project = Project::reference();
    project.write("industries/bakeries.toml", &own_pack("Anvil"));
    let shown = project.xtask(&["industries", "show", "bakeries"]).exits(0).stdout;
    for part in ["Bakeries", "Sells to bakeries.", "Anvil · Rival 1", "--seed 42"] {
        assert!(shown.contains(part), "`{part}` is not in {shown}");
    }
    let names = shown.lines().filter(|line| line.starts_with("  ")).count();
    assert_eq!(names, 20, "{shown}");
    let json = project
        .xtask(&["industries", "show", "bakeries", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&json["competitors"][0], &json["name"]),
        (&"Anvil".into(), &"bakeries".into())
    );
    assert!(json["products"].as_array().unwrap().len() >= 40);
    project
        .xtask(&["industries", "show", "bakerys"])
        .exits(1)
        .says("did you mean `bakeries`?");
}

#[test]
fn all_that_is_wrong_with_a_pack_is_said_at_once_with_its_line() {
    let project = Project::reference();
    let bad =
        own_pack("rival 2") + "tags = []\npain_points = 7\n[activity.call]\nsubjects = ['Call {boss}']\n";
    project.write("industries/bad.toml", &bad);
    let found = findings(&project, "bad");
    assert_eq!(found.len(), 4, "{found:?}");
    for (found, expect) in found.iter().zip([
        "5: `Rival 2` in `competitors` stands there twice",
        "6: `tags` is missing or empty, it needs 20 entries",
        "7: `pain_points`: invalid type: integer `7`",
        "9: `activity.call.subjects`: `{boss}` in `Call {boss}` is no placeholder",
    ]) {
        assert!(found.starts_with(expect), "{found}");
    }
    let text = project
        .xtask(&["industries", "check", "industries/bad.toml"])
        .exits(1)
        .says("4 things to mend");
    assert!(
        text.stdout.starts_with("industries/bad.toml:5:"),
        "{}",
        text.stdout
    );

    project.write("empty.toml", "");
    let found = findings(&project, "empty.toml");
    assert!(
        found.len() > 30 && found.contains(&"null: `title` is missing".to_owned()),
        "{found:?}"
    );
    project.write("broken.toml", "name = 'a'\ntags = [\n");
    assert_eq!(
        findings(&project, "broken.toml"),
        ["2: unclosed array, expected `]`"]
    );
}

#[test]
fn a_bad_pack_stops_a_reset_before_anything_is_done() {
    let project = Project::reference();
    project.write("industries/a.toml", &own_pack("x").replace("food_beverage", "b"));
    project.write("industries/b.toml", &own_pack("x").replace("food_beverage", "a"));
    fs::create_dir_all(project.folder().join("industries/folder.toml")).unwrap();
    fs::write(project.folder().join("latin.toml"), b"name = 'caf\xe9'").unwrap();
    let check = |pack: &str, expect: &str| {
        project
            .xtask(&["reset", "--industry", pack])
            .exits(1)
            .says("read `--industry`")
            .says(expect)
            .says("hint:");
    };
    check("a", "in a circle");
    check("folder", "it is a folder");
    check("./latin.toml", "line 1 is not UTF-8");
    check("nothing.toml", "there is no such file");
    project
        .xtask_with("SEED_INDUSTRY", "nothing.toml", &["seed", "--dry-run"])
        .exits(1)
        .says("`SEED_INDUSTRY` in the environment");
    assert!(!project.folder().join(".seedbed").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_of_ones_own_is_seeded_verified_and_kept_in_the_ledger() {
    let project = Project::reference();
    let file = "industries/bakeries.toml";
    let reset = ["reset", "--as-of", DAY, "--industry", "bakeries", "--json"];
    project.write(file, &own_pack("Anvil Bread Supply"));
    let first = project.xtask(&reset).exits(0).json();
    assert_eq!(
        (&first["seed"]["industry"], &first["from_template"]),
        (&"bakeries".into(), &false.into())
    );
    let client = project.database().await;
    let losses = "select count(*) from opportunities where competition like '%Anvil Bread Supply%'";
    let lost: i64 = client.query_one(losses, &[]).await.unwrap().get(0);
    assert!(lost > 0);

    let seed = ["seed", "--industry", "bakeries", "--json"];
    assert_eq!(project.xtask(&seed).exits(0).json()["written"], false);
    project.write(file, &own_pack("Birch Flour"));
    project.xtask(&["verify"]).exits(0);
    project
        .xtask(&seed)
        .exits(1)
        .says("has another seed already, with another text of the industry pack")
        .says("hint:");
    fs::remove_file(project.folder().join(file)).unwrap();
    project.xtask(&["verify"]).exits(0);

    project.write(file, &own_pack("Birch Flour"));
    assert_eq!(project.xtask(&reset).exits(0).json()["from_template"], false);
    assert_eq!(project.xtask(&reset).exits(0).json()["from_template"], true);
    project.xtask(&["verify"]).exits(0);
}
