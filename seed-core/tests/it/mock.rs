//! The mock providers: what a program gets from them is what the API would give it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use seed_core::errors::{self, ApiError};
use seed_core::factory::{Contact, Records};
use seed_core::mock::{
    AuthProvider, Call, Create, DataProvider, Delete, DeleteMany, GetList, GetMany, GetManyReference, GetOne,
    List, MockAuthProvider, MockDataProvider, MockUser, Object, Update, UpdateMany, Verb,
};
use serde_json::{Value, json};

fn provider() -> (Records, MockDataProvider) {
    let records = Records::seeded(7);
    let provider = MockDataProvider::of(&records);
    (records, provider)
}

#[test]
fn what_is_made_is_complete_and_the_same_each_time() {
    let make = || {
        let (_, provider) = provider();
        let ada = Create::of(json!({ "first_name": "Ada", "last_name": "King" }));
        let made = [0, 1].map(|_| provider.create("contacts", ada.clone()).unwrap());
        assert_eq!(provider.get_list("contacts", GetList::all()).unwrap().total, 102);
        assert_eq!(
            provider
                .get_one("contacts", GetOne::of(made[1]["id"].as_str().unwrap()))
                .unwrap(),
            made[1]
        );
        made
    };
    let [first, second] = make();
    assert_eq!([first.clone(), second.clone()], make());
    assert_ne!(first["id"], second["id"]);
    assert!(
        !first["id"].as_str().unwrap().starts_with("5eed"),
        "nobody takes it for a seeded one"
    );
    assert_eq!(
        (&first["title"], &first["created_at"]),
        (&Value::Null, &json!("2026-11-22T00:00:00+00:00"))
    );
    let provider = MockDataProvider::new().with("numbers", [json!({ "id": 1, "value": 1 })]);
    assert_eq!(
        provider
            .create("numbers", Create::of(json!({ "value": 2 })))
            .unwrap()["id"],
        2
    );
}

#[test]
fn records_change_and_go() {
    let (records, provider) = provider();
    let [first, second] = [0, 1].map(|n| records.tasks().nth(n).build().id);
    let changed = provider
        .update("tasks", Update::of(first, json!({ "title": "Call" })))
        .unwrap();
    assert_eq!(
        (&changed["title"], &changed["updated_at"]),
        (&json!("Call"), &json!("2026-11-22T00:00:00+00:00"))
    );
    let many = UpdateMany::of(
        [first.to_string(), "nobody".into(), second.to_string()],
        json!({ "type": "call" }),
    );
    assert_eq!(
        provider.update_many("tasks", many).unwrap(),
        [first.to_string(), second.to_string()]
    );
    let seen = provider.get_one("tasks", GetOne::of(second)).unwrap();
    assert_eq!(
        (
            &seen["type"],
            &provider.delete("tasks", Delete::of(second)).unwrap()
        ),
        (&json!("call"), &seen)
    );
    assert_eq!(
        provider.get_one("tasks", GetOne::of(second)),
        Err(errors::no_rows())
    );
    let gone = provider
        .delete_many("tasks", DeleteMany::of([first, second]))
        .unwrap();
    assert_eq!(gone, [first.to_string()]);
    assert_eq!(provider.get_list("tasks", GetList::all()).unwrap().total, 98);
}

#[test]
fn what_the_database_would_refuse_is_refused() {
    let (records, provider) = provider();
    let create = |table: &str, data: Value| provider.create(table, Create::of(data)).unwrap_err();
    assert_eq!(
        create("people", json!({})),
        errors::table_not_found("public", "people")
    );
    let unknown = json!({ "name": "VIP", "shoe_size": 43 });
    assert_eq!(
        create("tags", unknown),
        errors::column_not_found("tags", "shoe_size")
    );
    let missing = create("tags", json!({ "color": "#ffffff" }));
    assert_eq!((missing.status, missing.code()), (Some(400), Some("23502")));
    let name = records.tags().build().name;
    let double = errors::unique_violation("tags_name_key", &[("name", &name)]);
    assert_eq!(create("tags", json!({ "name": name })), double);
    let other = records.tags().nth(1).build().id;
    let rename = Update::of(other, json!({ "name": name }));
    assert_eq!(provider.update("tags", rename), Err(double.clone()));
    let all = UpdateMany::of(
        records.tags().build_all().iter().map(|tag| tag.id),
        json!({ "name": "same" }),
    );
    assert_eq!(
        provider.update_many("tags", all).unwrap_err().code(),
        Some("23505")
    );
    assert_eq!(
        provider
            .get_one("tags", GetOne::of(records.tags().build().id))
            .unwrap()["name"],
        *name
    );
    let list = |list: GetList| provider.get_list("tags", list).unwrap_err();
    assert_eq!(
        list(GetList::all().filter("shoe_size", 43)),
        errors::undefined_column("tags", "shoe_size")
    );
    assert_eq!(
        list(GetList::all().sort("shoe_size")),
        errors::undefined_column("tags", "shoe_size")
    );
    assert_eq!(
        list(GetList::all().filter("name@resembles", "x")),
        errors::bad_filter("resembles.x")
    );
    assert_eq!(
        provider.update("tags", Update::of("nobody", json!({}))),
        Err(errors::no_rows())
    );
}

#[test]
fn roles_see_and_write_what_the_policies_say() {
    let records = Records::of_test_users(7);
    let count = |role: &str, table: &str| {
        let provider = MockDataProvider::of(&records).guarded_by(&MockAuthProvider::signed_in_as(role));
        provider.get_list(table, GetList::all()).unwrap().total
    };
    assert_eq!(
        ["admin", "sales_director", "account_manager"].map(|role| count(role, "contacts")),
        [200, 200, 40]
    );
    assert_eq!(
        ["admin", "account_manager"].map(|role| count(role, "products")),
        [100, 100]
    );

    let (own, others) = (records.contacts().owner(2).build(), records.contacts().build());
    let change = json!({ "title": "Owner" });
    let as_role =
        |role: &str| MockDataProvider::of(&records).guarded_by(&MockAuthProvider::signed_in_as(role));
    let manager = as_role("account_manager");
    assert!(manager.update("contacts", Update::of(own.id, &change)).is_ok());
    assert_eq!(
        manager.update("contacts", Update::of(others.id, &change)),
        Err(errors::no_rows())
    );
    let given_away = json!({ "assigned_to": 1, "created_by": 1 });
    let refused = Err(errors::policy_violation("contacts"));
    assert_eq!(
        manager.update("contacts", Update::of(own.id, given_away)),
        refused
    );
    let ada = json!({ "first_name": "Ada", "last_name": "King" });
    assert_eq!(
        manager.create("contacts", Create::of(&ada)).unwrap()["created_by"],
        3
    );
    let of_another = json!({ "first_name": "Ada", "last_name": "King", "created_by": 1 });
    assert_eq!(manager.create("contacts", Create::of(of_another)), refused);
    let director = as_role("sales_director");
    assert!(director.get_one("contacts", GetOne::of(others.id)).is_ok());
    assert_eq!(
        director.delete("contacts", Delete::of(others.id)),
        Err(errors::no_rows())
    );
    assert_eq!(
        director
            .delete_many("contacts", DeleteMany::of([others.id]))
            .unwrap(),
        [""; 0]
    );

    let out = MockDataProvider::of(&records).guarded_by(&MockAuthProvider::signed_out());
    assert_eq!(
        out.get_list("contacts", GetList::all()),
        Err(errors::permission_denied("contacts"))
    );
}

#[test]
fn a_policy_of_the_test_hides_and_refuses() {
    let (_, provider) = provider();
    provider.policy(|verb, resource, row: &Object| {
        resource != "tags" || verb == Verb::Select && row["name"].as_str().is_some_and(|name| name.len() > 3)
    });
    assert_eq!(
        provider.create("tags", Create::of(json!({ "name": "VIP" }))),
        Err(errors::policy_violation("tags"))
    );
    assert!(provider.get_list("tags", GetList::all()).unwrap().total > 0);
}

#[test]
fn failures_come_when_they_are_told_to() {
    let (_, provider) = provider();
    let ask = |table: &str| {
        provider
            .get_list(table, GetList::all().page(1, 1))
            .map(|list| list.data.len())
    };
    provider.fail_next(errors::network());
    provider.fail_next(errors::server());
    assert_eq!(
        [ask("tags"), ask("tags"), ask("tags")],
        [Err(errors::network()), Err(errors::server()), Ok(1)]
    );
    provider.fail_on("tags", Call::GetList, errors::rate_limited());
    assert_eq!([ask("tags"), ask("tasks")], [Err(errors::rate_limited()), Ok(1)]);
    provider.recover();
    provider.fail_every(3, errors::unavailable());
    let answers: Vec<bool> = (0..7).map(|_| ask("tags").is_ok()).collect();
    assert_eq!(answers, [true, true, false, true, true, false, true]);
    provider.recover();
    assert!((0..4).all(|_| ask("tags").is_ok()));
}

#[test]
fn each_call_can_be_replaced_and_falls_back() {
    let (records, provider) = provider();
    let id = records.tags().build().id;
    provider.on_get_one(|_, _| Some(Err(errors::server())));
    provider
        .on_get_one(|resource, params| (resource == "tags" && params.id == "x").then(|| Ok(Object::new())));
    assert_eq!(provider.get_one("tags", GetOne::of("x")), Ok(Object::new()));
    assert_eq!(provider.get_one("tags", GetOne::of(id)), Err(errors::server()));
    // A replacement may ask the provider.
    let inner = provider.clone();
    provider
        .on_get_many(move |resource, _| Some(inner.get_list(resource, GetList::all()).map(|list| list.data)));
    assert_eq!(provider.get_many("tags", GetMany::of([0; 0])).unwrap().len(), 20);
    let error = || Err::<List, ApiError>(errors::server());
    provider.on_get_list(move |_, _| Some(error()));
    provider.on_get_many_reference(move |_, _| Some(error()));
    provider.on_create(|_, params| Some(Ok(params.data.clone())));
    provider.on_update(|_, params| Some(Ok(params.data.clone())));
    provider.on_update_many(|_, params| Some(Ok(params.ids.clone())));
    provider.on_delete(|_, _| Some(Ok(Object::new())));
    provider.on_delete_many(|_, params| Some(Ok(params.ids.clone())));
    assert!(
        provider
            .get_many_reference("tags", GetManyReference::of("id", 1, GetList::all()))
            .is_err()
    );
    assert_eq!(provider.create("any", Create::of(json!({}))), Ok(Object::new()));
    assert_eq!(
        provider.update("any", Update::of(1, json!({}))),
        Ok(Object::new())
    );
    assert_eq!(
        provider
            .update_many("any", UpdateMany::of([1], json!({})))
            .unwrap(),
        ["1"]
    );
    assert_eq!(provider.delete("any", Delete::of(1)), Ok(Object::new()));
    assert_eq!(provider.delete_many("any", DeleteMany::of([1])).unwrap(), ["1"]);
}

#[test]
fn latency_is_waited_for_by_whoever_the_test_says() {
    let (_, provider) = provider();
    let waited = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&waited);
    provider.latency(Duration::from_millis(250), move |time| {
        clock.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    });
    provider.fail_next(errors::network());
    let _ = provider.get_list("tags", GetList::all());
    let _ = provider.get_list("tags", GetList::all());
    assert_eq!(waited.load(Ordering::SeqCst), 500);
}

#[test]
fn calls_are_recorded_also_those_that_fail() {
    let (_, provider) = provider();
    provider.fail_next(errors::network());
    let _ = provider.delete("tags", Delete::of(1));
    let _ = provider.get_list("tags", GetList::all());
    let calls: Vec<Call> = provider.calls().iter().map(|call| call.request.call()).collect();
    assert_eq!(calls, [Call::Delete, Call::GetList]);
    assert_eq!(provider.calls_of(Call::Delete)[0].request, Delete::of(1).into());
}

#[test]
fn a_provider_is_asked_from_several_threads() {
    let (_, provider) = provider();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let contact = Contact::factory().build();
                for _ in 0..25 {
                    let data = json!({ "first_name": contact.first_name, "last_name": contact.last_name });
                    provider.create("contacts", Create::of(data)).unwrap();
                }
            });
        }
    });
    assert_eq!(provider.get_list("contacts", GetList::all()).unwrap().total, 200);
    assert_eq!(provider.calls_of(Call::Create).len(), 100);
}

#[test]
fn sessions_begin_end_and_expire() {
    let auth = MockAuthProvider::signed_out();
    assert_eq!(auth.check_auth(), Err(errors::no_authorization()));
    assert_eq!(
        auth.login("manager@test.local", "wrong"),
        Err(errors::invalid_credentials())
    );
    auth.login("Manager@test.local", MockUser::PASSWORD).unwrap();
    assert_eq!(auth.get_permissions().as_deref(), Ok("account_manager"));
    assert_eq!(auth.get_identity().unwrap().full_name, "Test Manager");
    assert_eq!(auth.check_error(&errors::no_rows()), Ok(()));
    assert_eq!(auth.check_auth(), Ok(()));
    assert_eq!(
        auth.check_error(&errors::jwt_expired()),
        Err(errors::jwt_expired())
    );
    assert_eq!(auth.check_auth(), Err(errors::no_authorization()));

    let auth = MockAuthProvider::signed_in_as("sales_director");
    auth.expire();
    assert_eq!(auth.get_permissions(), Err(errors::jwt_expired()));
    auth.logout().unwrap();
    auth.expire();
    assert_eq!(
        auth.get_identity(),
        Err(errors::no_authorization()),
        "nobody's session cannot expire"
    );

    auth.fail_next(errors::rate_limited());
    let login = || auth.login("admin@test.local", MockUser::PASSWORD);
    assert_eq!([login(), login()], [Err(errors::rate_limited()), Ok(())]);
    let refusal = Some(errors::email_not_confirmed());
    auth.add(MockUser {
        refusal,
        ..MockUser::of_role("admin", 1)
    });
    assert_eq!(login(), Err(errors::email_not_confirmed()));
}
