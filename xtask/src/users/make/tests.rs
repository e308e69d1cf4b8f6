use super::*;
use crate::users::prove::prove;
use crate::users::roles::Role;
use crate::users::stub::{self, Stub};

const FUNCTION: &str = BY_FUNCTION;
const API: &str = BY_ADMIN_API;

/// What came of making the users of the three roles.
struct Made {
    ways: Vec<&'static str>,
    said: Vec<String>,
    repairs: Vec<&'static str>,
}

/// Makes an administrator and two others against a function that does `function`, as `ensure` does.
async fn make(function: stub::Function, via: Option<Via>) -> Result<Made> {
    let (stub, api) = Stub::start(function).await;
    for other in 0..5 {
        stub.add(&format!("other{other}@test.local"), "x", true);
    }
    let mut said = Vec::new();
    let mut talk = |note| said.push(note);
    let mut maker = Maker {
        api: &api,
        via,
        patience: Duration::from_millis(900),
        administrator: None,
        function: Function::Open,
        missing_columns: Vec::new(),
        talk: &mut talk,
    };
    let (mut ways, mut repairs) = (Vec::new(), Vec::new());
    for role in Role::defaults() {
        let account = Account::new(&role, "TestPass123!");
        let user = maker.make(&account).await?;
        ways.push(user.made.unwrap());
        repairs.extend(prove(&api, &account, user.id).await?.repairs);
        if role.is_administrator {
            maker.administrator = Some(account);
        }
    }
    maker.finish();
    let users = stub.users.lock().unwrap();
    for role in Role::defaults() {
        let same = users.iter().filter(|user| user["email"] == role.email.as_str());
        assert_eq!(same.count(), 1, "{}", role.email);
    }
    Ok(Made { ways, said, repairs })
}

async fn check(function: stub::Function, ways: [&str; 3], said: &[&str]) {
    let made = make(function, None).await.unwrap();
    assert_eq!(made.ways, ways, "{function:?}: {:?}", made.said);
    assert_eq!(made.said.len(), said.len(), "{function:?}: {:?}", made.said);
    for (note, expected) in made.said.iter().zip(said) {
        assert!(note.contains(expected), "{function:?}: {note}");
    }
    assert!(made.repairs.is_empty(), "{function:?}: {:?}", made.repairs);
}

#[tokio::test]
async fn whatever_the_function_does_the_users_can_sign_in() {
    use stub::Function as Stubbed;
    let by_api = [API; 3];
    check(Stubbed::Works, [FUNCTION; 3], &[]).await;
    check(Stubbed::Missing, by_api, &["no users function"]).await;
    check(
        Stubbed::Answers(401),
        by_api,
        &["answered 401 (Unauthorized) to the service key and to an administrator"],
    )
    .await;
    check(
        Stubbed::Answers(403),
        by_api,
        &["to the service key and to an administrator"],
    )
    .await;
    check(Stubbed::Answers(500), by_api, &["answered 500"]).await;
    check(Stubbed::Answers(503), by_api, &["answered 503 for"]).await;
    check(Stubbed::AnswersGarbage, by_api, &["not JSON"]).await;
    check(Stubbed::ClosesTheConnection, by_api, &["without an answer"]).await;
    check(Stubbed::Hangs, by_api, &["did not answer within"]).await;
    check(Stubbed::MakesNobody, by_api, &["made no user"]).await;
    check(
        Stubbed::MakesThenFails,
        by_api,
        &["answered 500 although it had made the user"],
    )
    .await;
}

#[tokio::test]
async fn a_function_that_boots_is_waited_for() {
    check(stub::Function::Boots(2), [FUNCTION; 3], &["until it had booted"]).await;
}

#[tokio::test]
async fn a_function_for_administrators_gets_the_token_of_one() {
    let said = "answered 401 (Unauthorized) to the service key: the administrator was made through the Auth admin API, \
                the others by the function";
    check(
        stub::Function::TakesAdministrators,
        [API, FUNCTION, FUNCTION],
        &[said],
    )
    .await;
}

#[tokio::test]
async fn an_unconfirmed_user_is_confirmed() {
    let made = make(stub::Function::MakesUnconfirmed, None).await.unwrap();
    assert_eq!(
        (made.ways, made.repairs),
        (vec![FUNCTION; 3], vec!["confirmation"; 3])
    );
}

#[tokio::test]
async fn a_way_that_was_asked_for_is_the_only_one() {
    for function in [stub::Function::Answers(401), stub::Function::TakesAdministrators] {
        let error = make(function, Some(Via::Edge))
            .await
            .map(|made| made.ways)
            .unwrap_err();
        assert!(error.to_string().contains("answered 401"), "{error}");
    }
    let made = make(stub::Function::Works, Some(Via::Admin)).await.unwrap();
    assert_eq!((made.ways, made.said.len()), (vec![API; 3], 0));
}

#[tokio::test]
async fn a_function_that_failed_is_not_asked_again() {
    let (stub, api) = Stub::start(stub::Function::Answers(500)).await;
    let mut talk = |_| {};
    let mut maker = Maker {
        api: &api,
        via: None,
        patience: Duration::from_secs(1),
        administrator: None,
        function: Function::Open,
        missing_columns: Vec::new(),
        talk: &mut talk,
    };
    for role in Role::defaults() {
        maker.make(&Account::new(&role, "TestPass123!")).await.unwrap();
    }
    assert_eq!(*stub.function_calls.lock().unwrap(), 1);
}

#[tokio::test]
async fn the_source_of_the_function_is_a_clue() {
    let (_stub, api) = Stub::start(stub::Function::Answers(401)).await;
    let mut said = Vec::new();
    let mut talk = |note| said.push(note);
    let mut maker = Maker {
        api: &api,
        via: None,
        patience: Duration::from_secs(1),
        administrator: None,
        function: Function::Open,
        missing_columns: vec!["sales.administrator".into()],
        talk: &mut talk,
    };
    maker
        .make(&Account::new(&Role::named("account_manager", 2), "x"))
        .await
        .unwrap();
    assert!(
        said[0].contains("it reads `sales.administrator`, which the database lacks"),
        "{said:?}"
    );
    assert!(said[0].contains("add a migration"), "{said:?}");
}

#[tokio::test]
async fn metadata_is_written_only_where_it_differs() {
    let account = Account::new(&Role::named("admin", 0), "TestPass123!");
    let (stub, api) = Stub::start(stub::Function::Works).await;
    stub.add("admin@test.local", "x", true);
    let mut changes = Vec::new();
    for _ in 0..2 {
        let user = api.user_with("admin@test.local").await.unwrap().unwrap();
        changes.push(align_metadata(&api, &account, &user).await.unwrap());
    }
    assert_eq!(changes, [vec!["user_metadata", "app_metadata"], vec![]]);
}
