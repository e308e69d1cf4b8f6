//! `mail`: what Auth would have sent.

use std::time::Duration;

use anyhow::Context as _;
use owo_colors::OwoColorize;
use reqwest::{Method, header};
use serde_json::{Value, json};
use stack::hint::mendable;

use crate::cli::MailArgs;
use crate::context::Context;
use crate::error::Exit;
use crate::http;
use crate::target::{StatusReport, Target, TargetName, not_ours};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Runs `mail`.
///
/// # Errors
/// When the stack does not run.
pub async fn run(context: &Context, args: MailArgs) -> anyhow::Result<Exit> {
    if let TargetName::Hosted(name) = &context.target {
        return Err(not_ours(name));
    }
    let target = Target::resolve(context).await?;
    if target.name.is_of_cli() {
        let StatusReport { mail_url, .. } = Target::status(context).await?;
        let page = mail_url.unwrap_or_else(|| "the address that `supabase status` shows".to_owned());
        return Err(mendable(
            "show the mail of the Docker stack: it has a page of its own",
            format!("open {page}"),
        ));
    }
    let url = format!("{}/_seedbed/mail", target.api_url);
    if args.clear {
        ask(Method::DELETE, &url).await?;
        context.output.result(&json!({"cleared": true}), String::new)?;
        context.output.say("all mail is forgotten");
        return Ok(Exit::Done);
    }
    let answer = ask(Method::GET, &url).await?;
    let mails: Value =
        serde_json::from_str(&answer).with_context(|| format!("read the answer of `{url}`"))?;
    context.output.result(&mails, || text(&mails))?;
    if mails.as_array().is_some_and(Vec::is_empty) {
        context.output.say("no mail was sent");
    }
    Ok(Exit::Done)
}

async fn ask(method: Method, url: &str) -> anyhow::Result<String> {
    let answer = async {
        // Loopback is reached directly, whatever proxy the environment names.
        let client = http::client().no_proxy().timeout(TIMEOUT).build()?;
        let request = client
            .request(method, url)
            .header(header::ACCEPT, "application/json");
        request.send().await?.error_for_status()?.text().await
    };
    answer.await.with_context(|| format!("ask `{url}`"))
}

/// Each mail as its fields, one a line, with a line between mails.
fn text(mails: &Value) -> String {
    let mail = |mail: &Value| -> String {
        let fields = mail
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null());
        let line = |(name, value): (&String, &Value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{} {value}\n", format!("{name:<12}").dimmed())
        };
        fields.map(line).collect()
    };
    mails
        .as_array()
        .into_iter()
        .flatten()
        .map(mail)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_shown_as_their_fields() {
        let mails = json!([{"to": "a@x.test", "otp": null}, {"to": "b@x.test"}]);
        let plain = anstream::adapter::strip_str(&text(&mails)).to_string();
        assert_eq!(plain, "to           a@x.test\n\nto           b@x.test\n");
    }
}
