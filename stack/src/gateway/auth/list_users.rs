//! `GET /admin/users`: users by page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::LINK;
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio_postgres::types::ToSql;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::Auth;
use super::caller::Admin;
use super::database::rows;
use super::error::{Answer, AuthError};
use super::request::Context;
use super::user_object::{COLUMNS, User};

const DEFAULT_PER_PAGE: u64 = 50;
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

#[derive(Debug, Clone, Copy, PartialEq)]
struct Page {
    number: u64,
    size: u64,
}

pub(super) async fn list(State(auth): State<Arc<Auth>>, uri: Uri, admin: Admin) -> Answer {
    let page = page(&admin.context)?;
    let direction = direction(admin.context.query("sort"))?;
    let filter = admin.context.query("filter").map(|filter| format!("%{filter}%"));
    let (limit, offset) = page.limit_and_offset()?;
    let mut connection = auth.connection().await?;
    let tx = connection.transaction().await?;
    let condition = "instance_id = $1 and aud = $2
        and ($3::text is null or email like $3 or raw_user_meta_data ->> 'full_name' ilike $3)";
    let params: [&(dyn ToSql + Sync); 5] = [&Uuid::nil(), &admin.aud, &filter, &limit, &offset];
    let sql = format!(
        "select {COLUMNS} from auth.users where {condition} order by created_at {direction}, id limit $4 offset $5"
    );
    let failed = |error: AuthError| error.during("Database error finding users");
    let found = rows(&tx, &sql, &params).await.map_err(failed)?;
    let users = found
        .iter()
        .map(User::from_row)
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    let sql = format!("select count(*) from auth.users where {condition}");
    let counted = rows(&tx, &sql, &params[..3]).await.map_err(failed)?;
    let total: i64 = counted
        .first()
        .map(|row| row.try_get(0))
        .transpose()?
        .unwrap_or_default();
    let total = total.unsigned_abs();

    let mut response = Json(json!({ "users": shown(&users), "aud": admin.aud })).into_response();
    if let Ok(link) = HeaderValue::from_str(&link(uri.path(), admin.context.query_pairs(), page, total)) {
        response.headers_mut().insert(LINK, link);
    }
    response.headers_mut().insert(TOTAL_COUNT, total.into());
    Ok(response)
}

fn shown(users: &[User]) -> Value {
    serde_json::to_value(users).unwrap_or_default()
}

fn page(context: &Context) -> Result<Page, AuthError> {
    let number = |name: &str, default: u64| match context.query(name) {
        None => Ok(default),
        Some(text) => unsigned(text).map_err(|why| {
            let why = format!("strconv.ParseUint: parsing {text:?}: {why}");
            AuthError::bad_request(format!("Bad Pagination Parameters: {why}"))
        }),
    };
    let page = Page {
        number: number("page", 1)?.max(1),
        size: number("per_page", DEFAULT_PER_PAGE)?,
    };
    match page.size {
        0 => Err(AuthError::bad_request(
            "Bad Pagination Parameters: per_page must be greater than 0",
        )),
        _ => Ok(page),
    }
}

/// A number as Go reads it: digits and nothing else.
fn unsigned(text: &str) -> Result<u64, &'static str> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map_err(|_| "value out of range"),
        false => Err("invalid syntax"),
    }
}

impl Page {
    fn limit_and_offset(self) -> Result<(i64, i64), AuthError> {
        let offset = self
            .size
            .checked_mul(self.number - 1)
            .and_then(|offset| i64::try_from(offset).ok());
        let limit = i64::try_from(self.size).ok();
        limit
            .zip(offset)
            .ok_or_else(|| AuthError::bad_request("Bad Pagination Parameters: value out of range"))
    }
}

fn direction(sort: Option<&str>) -> Result<&'static str, AuthError> {
    let bad = |why: String| AuthError::bad_request(format!("Bad Sort Parameters: {why}"));
    let mut words = sort.unwrap_or("created_at").split_whitespace();
    match words.next() {
        Some("created_at") => {}
        field => return Err(bad(format!("bad field for sort '{}'", field.unwrap_or_default()))),
    }
    match words.next().map(str::to_lowercase).as_deref() {
        Some("asc") => Ok("asc"),
        None | Some("desc") => Ok("desc"),
        Some(other) => Err(bad(format!(
            "bad direction for sort '{other}', only 'asc' and 'desc' allowed"
        ))),
    }
}

/// The pages after this one, as RFC 8288 writes them.
fn link(path: &str, query: &[(String, String)], page: Page, total: u64) -> String {
    let last = total.div_ceil(page.size);
    let url = |number: u64| {
        let others = query
            .iter()
            .filter(|(name, _)| name != "page" && name != "apikey");
        let mut pairs: Vec<_> = others
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        pairs.push(("page", number.to_string()));
        pairs.sort();
        format!(
            "{path}?{}",
            Serializer::new(String::new()).extend_pairs(pairs).finish()
        )
    };
    let next = match last > page.number {
        true => format!("<{}>; rel=\"next\", ", url(page.number + 1)),
        false => String::new(),
    };
    format!("{next}<{}>; rel=\"last\"", url(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: u64, size: u64, total: u64, expect: &str) {
        let query = [
            ("per_page".to_owned(), size.to_string()),
            ("page".to_owned(), number.to_string()),
        ];
        assert_eq!(link("/admin/users", &query, Page { number, size }, total), expect);
    }

    #[test]
    fn links_lead_to_the_next_and_the_last_page() {
        check(
            1,
            50,
            120,
            "</admin/users?page=2&per_page=50>; rel=\"next\", </admin/users?page=3&per_page=50>; rel=\"last\"",
        );
        check(3, 50, 120, "</admin/users?page=3&per_page=50>; rel=\"last\"");
        check(1, 50, 0, "</admin/users?page=0&per_page=50>; rel=\"last\"");
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        assert_eq!(unsigned("7"), Ok(7));
        assert_eq!(unsigned("18446744073709551616"), Err("value out of range"));
        for text in ["+1", "-1", "1_000", " 1", "0x1", "１"] {
            assert_eq!(unsigned(text), Err("invalid syntax"), "{text}");
        }
    }

    #[test]
    fn only_the_date_sorts() {
        assert_eq!(direction(None).unwrap(), "desc");
        assert_eq!(direction(Some("created_at asc")).unwrap(), "asc");
        assert_eq!(direction(Some("created_at")).unwrap(), "desc");
        assert_eq!(
            direction(Some("email; drop table x")).unwrap_err().code(),
            "validation_failed"
        );
        assert_eq!(direction(Some("created_at sideways")).unwrap_err().status(), 400);
    }

    proptest::proptest! {
        #[test]
        fn every_page_is_one_or_is_refused(
            sort in "created_at( |\t)?(asc|desc|ASC)?.{0,5}|.*",
            number in "[0-9]{1,22}|[-+ 0-9]{0,5}|.*",
            size: u64,
            total: u64,
        ) {
            match direction(Some(&sort)) {
                Ok(direction) => proptest::prop_assert!(["asc", "desc"].contains(&direction)),
                Err(error) => proptest::prop_assert_eq!(error.code(), "validation_failed"),
            }
            if let Ok(number) = unsigned(&number) {
                let page = Page { number: number.max(1), size: size.max(1) };
                if let Ok((limit, offset)) = page.limit_and_offset() {
                    proptest::prop_assert!(limit > 0 && offset >= 0);
                }
                let links = link("/admin/users", &[("filter".into(), sort)], page, total);
                proptest::prop_assert!(HeaderValue::from_str(&links).is_ok());
            }
        }
    }
}
