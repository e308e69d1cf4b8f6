//! Asking in the database, with `set role` and the token's claims, as PostgREST does: nothing of the API in between.

use anyhow::{Context, Result};
use serde_json::Value;
use tokio_postgres::{Client, Transaction};

use super::caller::Caller;
use super::exposed::Exposed;
use super::question::{Address, Question};
use super::reply::{Refusal, Reply};
use crate::database::name::{literal, quoted};
use crate::database::session;

/// Longer than any policy should take.
const SETTINGS: &str = "set local statement_timeout = '20s'; set constraints all immediate";

/// A row as a whole, by a name that no column has.
const ROW: &str = "\"the row seen\"";

/// Asks all questions as one caller, in a transaction that is rolled back; `questions` are those about each relation.
///
/// # Errors
/// The connection is lost.
pub async fn ask_all(
    client: &mut Client,
    caller: &Caller,
    questions: &[(&Exposed, Vec<&Question>)],
) -> Result<Vec<Vec<Reply>>> {
    let doing = || format!("try the policies in the database as `{}`", caller.actor.name);
    let mut transaction = client.transaction().await.with_context(doing)?;
    session::hold_sequences(&transaction).await?;
    transaction.batch_execute(SETTINGS).await.with_context(doing)?;
    let mut replies = Vec::with_capacity(questions.len());
    for (relation, questions) in questions {
        let mut entered = transaction.savepoint("one_relation").await.with_context(doing)?;
        entered
            .batch_execute(&caller.session(&relation.schema))
            .await
            .with_context(doing)?;
        let mut of_relation = Vec::with_capacity(questions.len());
        for question in questions {
            let savepoint = entered.savepoint("one_try").await.with_context(doing)?;
            of_relation.push(ask(&savepoint, relation, question).await.with_context(doing)?);
            savepoint.rollback().await.with_context(doing)?;
        }
        entered.rollback().await.with_context(doing)?;
        replies.push(of_relation);
    }
    transaction.rollback().await.with_context(doing)?;
    Ok(replies)
}

async fn ask(transaction: &Transaction<'_>, relation: &Exposed, question: &Question) -> Result<Reply> {
    let sql = statement(relation, question);
    let done = match question {
        Question::Count { .. } => {
            let row = transaction.query_typed_one(&sql, &[]).await;
            row.map(|row| row.get::<_, i64>(0).unsigned_abs())
        }
        _ => transaction.execute(&sql, &[]).await,
    };
    match done {
        Ok(rows) => Ok(Reply::Rows(rows)),
        Err(error) => match error.as_db_error() {
            Some(refusal) => Ok(Reply::Refused(Refusal::from(refusal))),
            None => Err(error.into()),
        },
    }
}

/// The statement that PostgREST would make of it.
fn statement(relation: &Exposed, question: &Question) -> String {
    let table = relation.sql_name();
    match question {
        Question::Count { column, only } => {
            let only: Vec<String> = only
                .iter()
                .map(|(column, value)| format!("{} = {}", quoted(column), literal(value)))
                .collect();
            let only = match only.is_empty() {
                true => String::new(),
                false => format!(" where {}", only.join(" and ")),
            };
            let columns = match column.as_str() {
                "" => String::new(),
                column => quoted(column),
            };
            // Counted by themselves, rows would not be worked out, and what fails in a view would go unnoticed.
            format!("select count({ROW}) from (select {columns} from {table}{only}) {ROW}")
        }
        Question::Insert { row } if row.is_empty() => format!("insert into {table} default values"),
        Question::Insert { row } => {
            let columns: Vec<String> = row.keys().map(|name| quoted(name)).collect();
            let values: Vec<String> = row.values().map(json_literal).collect();
            format!(
                "insert into {table} ({}) values ({})",
                columns.join(", "),
                values.join(", ")
            )
        }
        Question::Update {
            address,
            column,
            value,
        } => {
            let value = value.as_deref().map_or_else(|| "null".to_owned(), literal);
            format!(
                "update {table} set {} = {value} where {}",
                quoted(column),
                condition(address)
            )
        }
        Question::Delete { address } => format!("delete from {table} where {}", condition(address)),
    }
}

/// The row that is meant, after WHERE.
pub fn condition(address: &Address) -> String {
    match address {
        Address::Row(values) => {
            let is = |(column, value): &(String, Option<String>)| match value {
                Some(value) => format!("{} = {}", quoted(column), literal(value)),
                None => format!("{} is null", quoted(column)),
            };
            values.iter().map(is).collect::<Vec<_>>().join(" and ")
        }
        Address::Nowhere(column) => format!("{0} is null and {0} is not null", quoted(column)),
    }
}

fn json_literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => literal(text),
        other => literal(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policies::matrix::RelationKind;

    #[track_caller]
    fn check(question: &Question, expected: &str) {
        let relation = Exposed {
            schema: "public".into(),
            name: "My \"table\"".into(),
            kind: RelationKind::Table,
            row_security: true,
            policies: Vec::new(),
            columns: Vec::new(),
            keys: Vec::new(),
            followers: Vec::new(),
            guarded: Vec::new(),
        };
        assert_eq!(statement(&relation, question), expected);
    }

    #[test]
    fn no_name_and_no_value_ends_early() {
        let address = Address::Row(vec![("Id".into(), Some("O'Neill".into())), ("b".into(), None)]);
        check(
            &Question::Update {
                address,
                column: "note".into(),
                value: Some("it's".into()),
            },
            r#"update "public"."My ""table""" set "note" = 'it''s' where "Id" = 'O''Neill' and "b" is null"#,
        );
        let only = vec![("Id".to_owned(), "O'Neill".to_owned())];
        check(
            &Question::Count {
                column: "b".into(),
                only,
            },
            r#"select count("the row seen") from (select "b" from "public"."My ""table""" where "Id" = 'O''Neill') "the row seen""#,
        );
        let row = json!({ "a": "x'y", "b": null, "c": { "d": [1] } });
        let Value::Object(row) = row else { unreachable!() };
        check(
            &Question::Insert { row },
            r#"insert into "public"."My ""table""" ("a", "b", "c") values ('x''y', null, '{"d":[1]}')"#,
        );
    }
}
