//! The outbox: mails are kept in memory instead of being sent, and shown at `/_seedbed/mail`.
//!
//! It outlives a reset of the database, so that a link can be followed that was asked for before, and is empty
//! after a restart of the stack.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;

/// How many mails are kept; the oldest goes first.
const MOST: usize = 500;

/// A mail that would have been sent.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Mail {
    sent_at: Timestamp,
    to: String,
    subject: &'static str,
    /// `signup`, `invite`, `recovery`, `magiclink`, `email_change` or `reauthentication`.
    kind: &'static str,
    /// The number to type in instead of following the link.
    otp: String,
    link: Option<String>,
}

impl Mail {
    /// A mail sent now.
    pub(super) fn new(
        to: &str,
        kind: &'static str,
        subject: &'static str,
        otp: String,
        link: Option<String>,
    ) -> Self {
        Self {
            sent_at: Timestamp::now(),
            to: to.into(),
            subject,
            kind,
            otp,
            link,
        }
    }
}

/// All mails, the newest first.
#[derive(Clone, Default)]
pub(super) struct Outbox(Arc<Mutex<VecDeque<Mail>>>);

impl Outbox {
    /// Keeps a mail.
    pub(super) fn put(&self, mail: Mail) {
        let mut mails = self.lock();
        mails.push_front(mail);
        mails.truncate(MOST);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Mail>> {
        // Nothing can panic while the list is held.
        self.0.lock().expect("the outbox is whole")
    }
}

pub(super) fn router(outbox: Outbox) -> Router {
    Router::new()
        .route("/mail", get(show).delete(empty))
        .with_state(outbox)
}

/// JSON, or a page for a browser.
async fn show(State(outbox): State<Outbox>, headers: HeaderMap) -> Response {
    let mails: Vec<Mail> = outbox.lock().iter().cloned().collect();
    let accepts = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    match accepts.contains("text/html") {
        true => Html(page(&mails)).into_response(),
        false => Json(mails).into_response(),
    }
}

async fn empty(State(outbox): State<Outbox>) -> StatusCode {
    outbox.lock().clear();
    StatusCode::NO_CONTENT
}

fn page(mails: &[Mail]) -> String {
    let rows: String = mails.iter().map(row).collect();
    let none = if mails.is_empty() {
        "<p>No mail yet. Sign up, invite or recover a user.</p>"
    } else {
        ""
    };
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Mail</title>\
         <style>body{{font:16px system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}}\
         table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.4rem .8rem .4rem 0;\
         border-bottom:1px solid #ddd}}code{{font-size:1.1em}}@media(prefers-color-scheme:dark){{\
         body{{background:#111;color:#eee}}a{{color:#8cf}}td,th{{border-color:#333}}}}</style>\
         <h1>Mail</h1>{none}<table><tr><th>when<th>to<th>subject<th>number<th>link</tr>{rows}</table></html>"
    )
}

fn row(mail: &Mail) -> String {
    let link = match &mail.link {
        Some(link) => format!("<a href=\"{}\">follow</a>", escape(link)),
        None => String::new(),
    };
    let when = mail.sent_at.strftime("%F %T");
    format!(
        "<tr><td>{when}<td>{}<td>{}<td><code>{}</code><td>{link}</tr>",
        escape(&mail.to),
        escape(mail.subject),
        escape(&mail.otp)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_mail_is_first_and_the_oldest_goes() {
        let outbox = Outbox::default();
        for number in 0..=MOST {
            outbox.put(Mail::new(
                &format!("{number}@b.c"),
                "invite",
                "Hi",
                String::new(),
                None,
            ));
        }
        let mails = outbox.lock();
        assert_eq!(mails.len(), MOST);
        assert_eq!(mails[0].to, format!("{MOST}@b.c"));
        assert_eq!(mails[MOST - 1].to, "1@b.c");
    }

    #[test]
    fn addresses_are_text_on_the_page() {
        let mail = Mail::new(
            "<script>&\"",
            "invite",
            "Hi",
            "123456".into(),
            Some("http://x/?a=1&b=2".into()),
        );
        let page = page(&[mail]);
        assert!(page.contains("&lt;script&gt;&amp;&quot;"), "{page}");
        assert!(page.contains("href=\"http://x/?a=1&amp;b=2\""), "{page}");
    }
}
