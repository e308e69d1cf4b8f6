use stack::hint::hints;
use tempfile::TempDir;

use super::*;
use crate::error::message;

/// A project with these files.
fn project(files: &[(&str, &str)]) -> (TempDir, Packs) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let packs = Packs::of(&Paths {
        workspace: folder.path().to_owned(),
        project: folder.path().to_owned(),
    });
    (folder, packs)
}

/// A pack that takes all lists from another one.
fn extending(name: &str, base: &str) -> String {
    format!("name = '{name}'\ntitle = 'Title of {name}'\ndescription = 'x'\nextends = '{base}'\n")
}

fn in_the_environment(value: &str) -> Sourced<String> {
    Sourced {
        value: value.to_owned(),
        source: Source::Environment {
            name: "SEED_INDUSTRY",
        },
    }
}

/// What is said of `called`, and the hint; the folder's own path stands as `[project]`.
fn refusal(files: &[(&str, &str)], called: &str) -> (String, String) {
    let (folder, packs) = project(files);
    let error = packs.asked_for(&in_the_environment(called)).unwrap_err();
    let shown = |text: &str| text.replace(folder.path().to_str().unwrap(), "[project]");
    (shown(&message(&error)), shown(&hints(&error).join("; ")))
}

#[track_caller]
fn check(files: &[(&str, &str)], called: &str, expect: &str, hint: &str) {
    let (said, hints) = refusal(files, called);
    assert!(said.contains(expect), "{said}");
    assert!(hints.contains(hint), "{hints}");
}

#[test]
fn a_file_of_the_project_goes_before_the_bundled_pack() {
    let (_folder, packs) = project(&[("industries/saas.toml", &extending("saas", "food_beverage"))]);
    let pack = packs.asked_for(&in_the_environment("saas")).unwrap();
    assert_eq!(pack.title, "Title of saas");
    let all = packs.all().unwrap();
    assert!(matches!(&all[0], Named { name, origin: Origin::File(_) } if name == "saas"));
    assert_eq!(all.len(), IndustryPack::names().len());
}

#[test]
fn without_a_folder_there_are_the_bundled_packs() {
    let (_folder, packs) = project(&[]);
    let names: Vec<String> = packs.all().unwrap().into_iter().map(|named| named.name).collect();
    assert_eq!(names, IndustryPack::names());
    assert_eq!(packs.asked_for(&in_the_environment("saas")).unwrap().name, "saas");
}

#[test]
fn a_path_in_a_variable_begins_at_the_project_and_in_a_flag_here() {
    let (folder, packs) = project(&[("packs/mine.toml", &extending("mine", "saas"))]);
    let pack = packs.asked_for(&in_the_environment("packs/mine.toml")).unwrap();
    assert_eq!(pack.name, "mine");
    let by_flag = |value: String| {
        packs.asked_for(&Sourced {
            value,
            source: Source::Flag("--industry"),
        })
    };
    assert!(by_flag("packs/mine.toml".into()).is_err());
    assert!(by_flag(folder.path().join("packs/mine.toml").display().to_string()).is_ok());
}

#[test]
fn the_nearest_of_all_names_is_suggested() {
    let mine = [("industries/bakeries.toml", &*extending("bakeries", "saas"))];
    check(
        &mine,
        "bakerys",
        "read `SEED_INDUSTRY` in the environment: no industry pack is called `bakerys`",
        "did you mean `bakeries`?",
    );
    check(&mine, "sass", "`sass`", "did you mean `saas`?");
    check(&mine, "xq7", "`xq7`", "there are bakeries, food_beverage, ");
}

#[test]
fn a_pack_extends_files_and_bundled_packs_in_a_chain() {
    let (_folder, packs) = project(&[
        ("industries/top.toml", &extending("top", "middle")),
        (
            "industries/middle.toml",
            &extending("middle", "../packs/low.toml"),
        ),
        ("packs/low.toml", &extending("low", "saas")),
    ]);
    let pack = packs.asked_for(&in_the_environment("top")).unwrap();
    assert_eq!(pack.name, "top");
    assert_eq!(pack.tags, IndustryPack::bundled("saas").unwrap().tags);
}

#[test]
fn a_file_that_extends_its_own_name_goes_on_from_the_bundled_pack() {
    let (_folder, packs) = project(&[("industries/saas.toml", &extending("saas", "saas"))]);
    let pack = packs.asked_for(&in_the_environment("saas")).unwrap();
    assert_eq!(pack.title, "Title of saas");
    assert_eq!(pack.products, IndustryPack::bundled("saas").unwrap().products);
}

#[test]
fn a_circle_is_named() {
    let files = [
        ("industries/a.toml", &*extending("a", "b")),
        ("industries/b.toml", &extending("b", "c")),
        ("industries/c.toml", &extending("c", "../industries/b.toml")),
    ];
    check(
        &files,
        "a",
        "packs extend each other in a circle: `[project]/industries/b.toml` → `[project]/industries/c.toml` → \
         `[project]/industries/../industries/b.toml`",
        "take `extends` out of one of them",
    );
    let own = extending("own", "own");
    check(
        &[("industries/own.toml", &own)],
        "own",
        "in a circle: `[project]/industries/own.toml` → `[project]/industries/own.toml`",
        "take `extends` out",
    );
}

#[test]
fn what_is_wrong_with_an_extended_pack_is_said_of_its_file() {
    let files = [
        ("industries/a.toml", &*extending("a", "b")),
        ("industries/b.toml", &(extending("b", "saas") + "tags = []")),
    ];
    check(
        &files,
        "a",
        "read what `[project]/industries/a.toml` extends: read `[project]/industries/b.toml`: line 5, column 1: `tags` is",
        "industries check [project]/industries/b.toml",
    );
    let files = [("industries/a.toml", &*extending("a", "sass"))];
    check(
        &files,
        "a",
        "no industry pack is called `sass`",
        "did you mean `saas`?",
    );
}

#[test]
fn bad_files_are_named_with_their_lines() {
    let with = |text: &str| extending("a", "saas") + text;
    let check = |text: &str, expect: &str| {
        check(
            &[("industries/a.toml", text)],
            "a",
            &format!("read `[project]/industries/a.toml`: {expect}"),
            "`cargo xtask industries check [project]/industries/a.toml` shows all that is wrong",
        );
    };
    check(&with("tags = []"), "line 5, column 1: `tags` is missing or empty");
    check(
        &with("tags = 7"),
        "line 5, column 8: `tags`: invalid type: integer `7`",
    );
    check(
        &with("tagz = []"),
        "line 5, column 1: `tagz`: unknown field `tagz`",
    );
    check(
        &with("competitors = ['a', 'b',\n'A']"),
        "line 5, column 1: `competitors` has 3 of 13 entries; line 6, column 1: `A` in `competitors` stands there twice",
    );
    check(&with("tags = ["), "line 5, column 9: ");
    check(&with("name = 'b'"), "line 5, column 1: duplicate key");
}

#[test]
fn what_is_no_file_of_text_is_refused() {
    let files = [("industries/a.toml/b.toml", "")];
    check(
        &files,
        "a",
        "read `[project]/industries/a.toml`: it is a folder",
        "name the file of a pack",
    );
    check(
        &files,
        "c.toml",
        "read `[project]/c.toml`: there is no such file",
        "industries list",
    );

    let (folder, packs) = project(&[]);
    let path = folder.path().join("latin.toml");
    fs::write(&path, b"name = 'a'\ntitle = 'caf\xe9'\n").unwrap();
    let error = packs.asked_for(&in_the_environment("latin.toml")).unwrap_err();
    assert!(
        message(&error).ends_with("latin.toml`: line 2 is not UTF-8"),
        "{error:?}"
    );
    assert_eq!(hints(&error), ["save the file as UTF-8"]);

    let error = packs.asked_for(&in_the_environment("/dev/null")).unwrap_err();
    assert!(
        message(&error).ends_with("read `/dev/null`: it is no file"),
        "{error:?}"
    );
}

#[test]
fn a_folder_that_is_none_is_named() {
    check(
        &[("industries", "")],
        "zz",
        "read the folder `[project]/industries`",
        "must be a folder",
    );
}
