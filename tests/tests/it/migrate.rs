//! `cargo xtask migrate`, through the Supabase CLI.

use workspace_tests::Project;

const BROKEN: &str = "create table notebooks (id int primary key);\n\ncreate tabel pages (id int);\n";

#[test]
fn a_syntax_error_is_shown_with_file_line_and_statement() {
    let project = Project::reference();
    project.write("supabase/migrations/20990101000000_break_something.sql", BROKEN);
    project.xtask(&["start"]).exits(0);
    let failed = project.xtask(&["migrate"]).exits(1);
    for text in [
        "20990101000000_break_something.sql:3",
        "create tabel pages",
        "hint:",
    ] {
        assert!(
            failed.stderr.contains(text),
            "`{text}` is not in\n{}",
            failed.stderr
        );
    }
    project.write(
        "supabase/migrations/20990101000000_break_something.sql",
        &BROKEN.replace("tabel", "table"),
    );
    let pending = project.xtask(&["migrate", "--dry-run"]).exits(0).stdout;
    assert!(pending.contains("20990101000000"), "{pending}");
    project.xtask(&["migrate"]).exits(0);
    project.xtask(&["migrate"]).exits(0).says("nothing");
}

#[test]
fn an_extension_that_cannot_be_had_is_named_with_the_way_out() {
    let project = Project::reference();
    project.write(
        "supabase/migrations/20990101000000_add_maps.sql",
        "create extension if not exists postgis;\n",
    );
    project
        .xtask(&["reset"])
        .exits(1)
        .says("postgis")
        .says("20990101000000_add_maps.sql")
        .says("hint:");
}
