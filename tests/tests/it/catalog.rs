//! The live catalog, read from a real database.

use seed_core::catalog::{Catalog, Column, ColumnType, Identity, Table, UniqueKey};
use tokio_postgres::Client;
use workspace_tests::{shared, workspace_root};
use xtask::database::catalog;

/// One table with everything that is easily read wrongly.
const ODD_TABLE: &str = r#"
    drop schema if exists odd cascade;
    create schema odd;
    create domain odd.code as varchar(20) not null default 'x' check (value <> '');
    create domain odd.short_code as odd.code check (length(value) < 10);
    create type odd.size as enum ('small', 'large');
    create table odd.parents (a integer, b integer, primary key (b, a));
    create table odd."Odd ""Table" (
        code odd.short_code,
        prices numeric(7, 3)[],
        sizes odd.size[],
        number serial,
        always bigint generated always as identity,
        doubled integer generated always as (number_of_halves * 2) stored,
        number_of_halves integer check (number_of_halves > 0),
        dropped text,
        parent_a integer,
        parent_b integer,
        user_id uuid references auth.users on delete cascade,
        unique (code, number),
        foreign key (parent_b, parent_a) references odd.parents (b, a)
    );
    alter table odd."Odd ""Table" drop column dropped;
    create unique index partial on odd."Odd ""Table" (number) where number > 5;
    create unique index lowered on odd."Odd ""Table" (lower(code));
    insert into odd."Odd ""Table" (number_of_halves) values (1);
"#;

async fn read_odd_tables() -> (Client, Vec<Table>) {
    let client = shared().database().await;
    client.batch_execute(ODD_TABLE).await.expect("make the tables");
    let catalog = catalog::read(&client, &["odd".to_owned()])
        .await
        .expect("read the catalog");
    (client, catalog.tables)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_is_read_as_the_database_has_it() {
    let (client, tables) = read_odd_tables().await;
    let table = tables
        .iter()
        .find(|table| table.name == "Odd \"Table")
        .expect("the odd table");
    let column = |name: &str| -> &Column {
        let found = table.columns.iter().find(|column| column.name == name);
        found.unwrap_or_else(|| panic!("no column {name}"))
    };

    assert_eq!(table.row_count, 1);
    assert!(
        table
            .columns
            .iter()
            .all(|column| !column.name.contains("dropped")),
        "{:?}",
        table.columns
    );

    let code = column("code");
    assert_eq!(
        (&code.kind, code.not_null, code.type_oid),
        (&ColumnType::Text { max_length: Some(20) }, true, 1043)
    );
    assert_eq!(code.default.as_deref(), Some("'x'::character varying"));
    let checks: Vec<&str> = table
        .checks
        .iter()
        .filter(|check| check.columns == ["code"])
        .map(|check| check.expression.as_str())
        .collect();
    assert_eq!(
        checks,
        ["(length((VALUE)::text) < 10)", "((VALUE)::text <> ''::text)"]
    );

    let price = ColumnType::Numeric {
        precision: Some(7),
        scale: Some(3),
    };
    assert_eq!(
        column("prices").kind,
        ColumnType::Array {
            element: Box::new(price),
            element_oid: 1700
        }
    );
    let ColumnType::Array { element, element_oid } = &column("sizes").kind else {
        panic!("{:?}", column("sizes"))
    };
    let labels = vec!["small".to_owned(), "large".to_owned()];
    assert_eq!(
        **element,
        ColumnType::Enum {
            name: "odd.size".into(),
            labels
        }
    );
    let oid: u32 = client
        .query_one("select 'odd.size'::regtype::oid", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(*element_oid, oid);

    assert_eq!(column("number").identity, Identity::ByDefault);
    assert_eq!(column("always").identity, Identity::Always);
    assert!(column("doubled").generated && column("doubled").default.is_none());

    let unique = |name: &str, columns: &[&str], partial| UniqueKey {
        name: name.into(),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        partial,
    };
    assert_eq!(
        table.unique,
        [
            unique("Odd \"Table_code_number_key", &["code", "number"], false),
            unique("partial", &["number"], true)
        ]
    );

    let composite = table
        .foreign_keys
        .iter()
        .find(|key| key.columns.len() == 2)
        .expect("the composite key");
    assert_eq!(
        (&composite.columns[0], &composite.referenced_columns[0]),
        (&"parent_b".into(), &"b".into())
    );
    let of_user = table
        .foreign_keys
        .iter()
        .find(|key| key.columns == ["user_id"])
        .expect("the key to a user");
    assert_eq!(
        (&*of_user.referenced_schema, &*of_user.referenced_table),
        ("auth", "users")
    );

    let parents = tables
        .iter()
        .find(|table| table.name == "parents")
        .expect("the parents");
    assert_eq!(parents.primary_key, ["b", "a"]);
    client
        .batch_execute("drop schema odd cascade")
        .await
        .expect("clean up");
}

/// Types that a project makes have oids from here on, another one in each database.
const FIRST_OWN_OID: u32 = 16384;

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_catalog_is_that_of_the_reference_schema() {
    let client = shared().database().await;
    let schema = catalog::read(&client, &["public".to_owned()]).await;
    let mut tables = schema.expect("read the catalog").tables;
    // Other tests may have tables of their own in it.
    let migrations = migrations();
    tables.retain(|table| migrations.contains(&format!("create table public.{} (", table.name)));
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    for table in &mut tables {
        table.row_count = 0;
        for column in &mut table.columns {
            column.next_key = None;
            column.type_oid = Some(column.type_oid)
                .filter(|oid| *oid < FIRST_OWN_OID)
                .unwrap_or(0);
        }
    }
    let live = Catalog { tables };
    let file = workspace_root().join("seed-core/catalogs/reference.json");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let json = serde_json::to_string_pretty(&live).unwrap();
        std::fs::write(&file, json + "\n").expect("write the catalog");
        return;
    }
    assert!(
        live == Catalog::reference(),
        "the migrations make other tables than `{}` says; run `INSTA_UPDATE=always cargo test -p workspace-tests \
         --test it the_built_in_catalog` and look at what changes",
        file.display()
    );
}

fn migrations() -> String {
    let folder = workspace_root().join("supabase/migrations");
    let files = std::fs::read_dir(folder).expect("read the migrations");
    files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect()
}
