//! `cargo xtask users`: whatever the project's function does, the three roles can sign in.

use workspace_tests::Project;

#[test]
fn a_second_run_changes_nothing() {
    let project = Project::reference();
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    let made = project.xtask(&["users", "--json"]).exits(0).json();
    let again = project.xtask(&["users", "--json"]).exits(0).says("").json();
    for (before, after) in made["users"]
        .as_array()
        .unwrap()
        .iter()
        .zip(again["users"].as_array().unwrap())
    {
        assert_eq!(
            (before["id"].clone(), after["signed_in"].clone()),
            (after["id"].clone(), true.into())
        );
        assert_eq!(after["outcome"], "unchanged", "{after}");
    }
    project
        .xtask_with("TEST_USER_PASSWORD", "AnotherPass456!", &["users"])
        .exits(0);
}

#[test]
fn functions_that_fail_are_said_and_gone_around() {
    let bodies = [
        (
            "401",
            "Deno.serve(() => Response.json({ error: 'Unauthorized' }, { status: 401 }));",
        ),
        (
            "500",
            "Deno.serve(() => { throw new Error('column sales.administrator does not exist'); });",
        ),
        ("garbage", "Deno.serve(() => new Response('<html>hello</html>'));"),
        ("nothing", "Deno.serve(() => new Promise(() => {}));"),
        ("boot", "import './missing.ts';"),
    ];
    let project = Project::reference();
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    for (number, (name, body)) in bodies.into_iter().enumerate() {
        project.write("supabase/functions/users/index.ts", body);
        std::thread::sleep(std::time::Duration::from_millis(500));
        let email = format!("admin{number}@test.local");
        let run = project
            .xtask_with("TEST_ADMIN_EMAIL", &email, &["users"])
            .exits(0);
        assert!(run.stderr.contains("users function"), "{name}: {}", run.stderr);
    }
}
