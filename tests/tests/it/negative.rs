//! `cargo xtask products --check-constraints`: what the database takes is found, and nothing is left of it.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio_postgres::Client;
use workspace_tests::lent::UNSEEDED;
use workspace_tests::{Lent, Project, content, workspace_root};

/// A catalogue of another making, with what makes attempts leave traces or pass unseen: keys and numbers that count by
/// themselves, a trigger that writes elsewhere, a reference that is looked at on commit only.
const OTHER_CATALOGUE: &str = "
create domain public.product_code as text check (value ~ '^[A-Z0-9-]+$');
create table public.products (
    id bigint generated always as identity primary key,
    number serial not null,
    name varchar(60) not null,
    code public.product_code not null,
    company_id bigint not null references public.companies (id) deferrable initially deferred,
    price numeric(10, 2) not null check (price > 0),
    unique (company_id, name)
);
create unique index products_by_code on public.products (lower(code));
create table public.changes (id bigint generated always as identity primary key, product_id bigint not null);
create function public.note_change() returns trigger language plpgsql set search_path = '' as $$
begin
    insert into public.changes (product_id) values (new.id);
    return new;
end;
$$;
create trigger note_change after insert on public.products
for each row execute function public.note_change();
";

/// Tries the rows, and expects the exit code and a database that is as it was.
async fn tried(project: &Project, client: &Client, code: i32) -> Value {
    let before = content(client).await;
    let report = project
        .xtask(&["products", "--check-constraints", "--json"])
        .exits(code)
        .json();
    assert_eq!(content(client).await, before);
    report
}

/// The rows with that outcome.
fn titles<'r>(report: &'r Value, outcome: &str) -> Vec<&'r str> {
    let cases = report["cases"].as_array().unwrap().iter();
    cases
        .filter(|case| case["outcome"] == outcome)
        .map(|case| case["title"].as_str().unwrap())
        .collect()
}

fn find<'r>(report: &'r Value, title: &str) -> &'r Value {
    let mut cases = report["cases"].as_array().unwrap().iter();
    cases
        .find(|case| case["title"] == title)
        .unwrap_or_else(|| panic!("no `{title}` in {report:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_reference_schema_forbids_is_refused_and_what_it_would_take_is_named() {
    let project = Lent::reference(UNSEEDED);
    let client = project.database().await;
    let empty = tried(&project, &client, 0).await;
    assert_eq!(
        titles(&empty, "refused").len(),
        empty["cases"].as_array().unwrap().len()
    );
    for title in [
        "missing name",
        "negative price",
        "unknown category",
        "missing principal",
        "duplicate SKU",
        "principal that is none",
    ] {
        assert_eq!(find(&empty, title)["outcome"], "refused", "{title}");
    }
    let none = &find(&empty, "principal that is none")["came"];
    assert_eq!(
        (&none["sqlstate"], &none["constraint"]),
        (&"23514".into(), &"products_principal_check".into())
    );

    let planned = project
        .xtask(&["products", "--check-constraints", "--dry-run", "--json"])
        .exits(0)
        .json();
    let count = |report: &Value| report["cases"].as_array().unwrap().len();
    assert_eq!(count(&planned), count(&empty));

    project.xtask(&["seed"]).exits(0);
    let seeded = tried(&project, &client, 0).await;
    assert_eq!(titles(&seeded, "refused").len(), count(&empty));

    let mut damaged = BTreeSet::new();
    for (damage, title, remedy) in [
        (
            "alter table products drop constraint products_category_check",
            "unknown category",
            "alter table \"public\".\"products\" add check (\"category\" ~ ",
        ),
        (
            "alter table products drop constraint products_list_price_check",
            "negative price",
            "alter table \"public\".\"products\" add check (\"list_price\" >= 0);",
        ),
        (
            "alter table products drop constraint products_sku_key",
            "duplicate SKU",
            "alter table \"public\".\"products\" add unique (\"sku\");",
        ),
        (
            "drop trigger require_principal on products",
            "principal that is none",
            "a check cannot look into `organizations`: refuse it by a trigger before insert or update of `principal_id`",
        ),
    ] {
        client.batch_execute(damage).await.unwrap();
        damaged.insert(title);
        let report = tried(&project, &client, 1).await;
        let taken: BTreeSet<&str> = titles(&report, "taken").into_iter().collect();
        assert_eq!(taken, damaged, "{damage}");
        let hint = find(&report, title)["hint"].as_str().unwrap();
        assert!(hint.starts_with(remedy), "{hint}");
        let run = project.xtask(&["products", "--check-constraints"]).exits(1);
        let run = run.says(&format!("hint: {title}: {hint}"));
        assert_eq!(
            run.stdout.matches("TAKEN").count(),
            damaged.len(),
            "{}",
            run.stdout
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_of_another_making_is_tried_and_left_as_it_was() {
    let project = Project::copy_of(&workspace_root().join("tests/fixtures/legacy_crm/supabase"));
    project.write(
        "supabase/migrations/20240102000000_create_products.sql",
        OTHER_CATALOGUE,
    );
    project.xtask(&["start"]).exits(0);
    project.xtask(&["migrate"]).exits(0);
    let client = project.database().await;
    let report = tried(&project, &client, 0).await;
    assert_eq!(titles(&report, "refused_otherwise"), [""; 0], "{report:#}");
    for (title, sqlstate, constraint) in [
        ("duplicate SKU", "23505", "products_by_code"),
        ("negative price", "23514", "products_price_check"),
        (
            "`company_id` points at nothing",
            "23503",
            "products_company_id_fkey",
        ),
        ("`code` is `Not A Code!`", "23514", "product_code_check"),
        (
            "duplicate of `company_id`, `name`",
            "23505",
            "products_company_id_name_key",
        ),
        ("duplicate of `id`", "23505", "products_pkey"),
    ] {
        let came = &find(&report, title)["came"];
        assert_eq!(
            (&came["sqlstate"], &came["constraint"]),
            (&sqlstate.into(), &constraint.into()),
            "{title}"
        );
    }
    let left_out = report["left_out"].to_string();
    assert!(
        left_out.contains("no column of `companies` says which are principals"),
        "{left_out}"
    );
    assert!(
        left_out.contains("no column of `products` holds a category"),
        "{left_out}"
    );

    let numbering = project.database().await;
    numbering
        .batch_execute("begin; select nextval('products_number_seq')")
        .await
        .unwrap();
    project
        .xtask(&["products", "--check-constraints"])
        .exits(1)
        .says("hold the sequences of the database")
        .says("hint: another session holds what it waits for");
    numbering.batch_execute("rollback").await.unwrap();

    client
        .batch_execute(
            "create function refuse() returns trigger language plpgsql as
                 $$ begin raise check_violation using message = 'not today'; end; $$;
             create trigger refuse before insert on products for each row execute function refuse()",
        )
        .await
        .unwrap();
    project
        .xtask(&["products", "--check-constraints"])
        .exits(1)
        .says("try a valid product first: `products` refuses it")
        .says("(23514)")
        .says("hint:");
}
