//! Where links lead: places that the project allows, with the outcome in the URL.

use std::net::IpAddr;

use url::Url;
use url::form_urlencoded::Serializer;

use super::error::AuthError;
use super::request::Context;
use super::sessions::TokenResponse;

/// Longer addresses are not looked at; no browser follows them either. In bytes.
const LONGEST: usize = 4096;

/// The places that a project allows.
#[derive(Debug, Clone)]
pub(super) struct Allowed {
    site_url: String,
    patterns: Vec<String>,
}

impl Allowed {
    /// `[auth] site_url` and `additional_redirect_urls`.
    pub(super) fn new(site_url: &str, patterns: &[String]) -> Self {
        Self {
            site_url: site_url.into(),
            patterns: patterns.to_vec(),
        }
    }

    /// Where a request wants the user to end up, if that is allowed; else the site.
    pub(super) fn target(&self, context: &Context) -> String {
        self.first(context.redirects())
    }

    /// The first place that is allowed; else the site.
    pub(super) fn first<'a>(&'a self, mut places: impl Iterator<Item = &'a str>) -> String {
        places
            .find(|place| self.allows(place))
            .unwrap_or(&self.site_url)
            .to_owned()
    }

    fn allows(&self, place: &str) -> bool {
        if place.len() > LONGEST || place.contains(|c: char| c <= ' ' || c == '\u{7f}') {
            return false;
        }
        let Ok(base) = Url::parse(&self.site_url) else {
            return false;
        };
        let without_fragment = place.split('#').next().unwrap_or_default();
        let matches = || {
            self.patterns
                .iter()
                .any(|pattern| glob(pattern.as_bytes(), without_fragment.as_bytes()))
        };
        let Ok(url) = Url::parse(place) else {
            // The deep link of an app may have a scheme that is no URL's; a web address must be one.
            let lower = place.to_lowercase();
            return !lower.starts_with("http:") && !lower.starts_with("https:") && matches();
        };
        let is_site = base.host_str() == url.host_str() && base.scheme() == url.scheme();
        let is_local = url.host_str().is_some_and(is_loopback);
        if is_site && (is_local || base.port_or_known_default() == url.port_or_known_default()) {
            return true;
        }
        match url.host_str().map(str::parse::<IpAddr>) {
            Some(Ok(address)) => address.is_loopback() && matches(),
            _ => matches(),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Matches `*` (anything but `.` and `/`), `**` (anything) and `?` (one character but those).
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let is_separator = |byte: &u8| matches!(byte, b'.' | b'/');
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        [b'*', rest @ ..] => {
            let reach = text.iter().position(is_separator).unwrap_or(text.len());
            (0..=reach).any(|skip| glob(rest, &text[skip..]))
        }
        [b'?', rest @ ..] => matches!(text, [byte, left @ ..] if !is_separator(byte) && glob(rest, left)),
        [wanted, rest @ ..] => matches!(text, [byte, left @ ..] if byte == wanted && glob(rest, left)),
    }
}

/// The target with a session in its fragment.
pub(super) fn with_session(target: &str, kind: &str, token: &TokenResponse) -> String {
    let fragment = Serializer::new(String::new())
        .append_pair("access_token", &token.access_token)
        .append_pair("expires_at", &token.expires_at.to_string())
        .append_pair("expires_in", &token.expires_in.to_string())
        .append_pair("refresh_token", &token.refresh_token)
        .append_pair("sb", "")
        .append_pair("token_type", token.token_type)
        .append_pair("type", kind)
        .finish();
    format!("{target}#{fragment}")
}

/// The target with a sentence for the user in its fragment.
pub(super) fn with_message(target: &str, message: &str) -> String {
    with_fragment(target, &[("message", message), ("sb", "")])
}

/// The target with what went wrong in its fragment, and in its query in the PKCE flow.
pub(super) fn with_error(target: &str, error: &AuthError, pkce: bool) -> String {
    let mut pairs = match error.status().as_u16() {
        400 => vec![("error", "invalid_request")],
        401 => vec![("error", "unauthorized_client")],
        403 => vec![("error", "access_denied")],
        500 => vec![("error", "server_error")],
        503 => vec![("error", "temporarily_unavailable")],
        _ => Vec::new(),
    };
    pairs.extend([
        ("error_code", error.code()),
        ("error_description", error.message()),
    ]);
    let mut target = target.to_owned();
    if pkce && let Ok(mut url) = Url::parse(&target) {
        url.query_pairs_mut().extend_pairs(&pairs);
        target = url.into();
    }
    pairs.push(("sb", ""));
    with_fragment(&target, &pairs)
}

/// The target with a code that the client exchanges for a session.
pub(super) fn with_code(target: &str, code: &str) -> String {
    match Url::parse(target) {
        Ok(mut url) => {
            url.query_pairs_mut().append_pair("code", code);
            url.into()
        }
        Err(_) => target.into(),
    }
}

fn with_fragment(target: &str, pairs: &[(&str, &str)]) -> String {
    let fragment = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{}#{fragment}", target.split('#').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(place: &str, expect: bool) {
        let patterns = [
            "https://app.example.com/**",
            "https://*.preview.dev/auth",
            "my_app://callback",
        ];
        let allowed = Allowed::new("http://127.0.0.1:3000", &patterns.map(Into::into));
        assert_eq!(allowed.allows(place), expect, "{place}");
    }

    #[test]
    fn only_the_project_s_places_are_allowed() {
        check("http://127.0.0.1:3000/welcome", true);
        check("http://127.0.0.1:5173/", true);
        check("https://127.0.0.1:3000/", false);
        check("https://app.example.com/a/b?c=d#e", true);
        check("https://app.example.com.evil.com/", false);
        check("https://one.preview.dev/auth", true);
        check("https://one.two.preview.dev/auth", false);
        check("https://one.preview.dev/auth/more", false);
        check("my_app://callback", true);
        check("https://evil.com/#https://app.example.com/", false);
        check("\thttps://app.example.com/", false);
        check("http://2130706433.evil.com/", false);
        check("javascript:alert(1)", false);
        check("", false);
        check(&format!("https://app.example.com/{}", "a".repeat(5000)), false);
    }

    #[test]
    fn the_site_is_the_last_resort() {
        let allowed = Allowed::new("http://localhost:3000", &[]);
        assert_eq!(
            allowed.first(["https://evil.com"].into_iter()),
            "http://localhost:3000"
        );
    }

    #[test]
    fn outcomes_are_encoded() {
        let error = AuthError::new(403, "otp_expired", "Email link is invalid or has expired");
        assert_eq!(
            with_error("http://localhost:3000/a?b=c#d", &error, false),
            "http://localhost:3000/a?b=c#error=access_denied&error_code=otp_expired\
             &error_description=Email+link+is+invalid+or+has+expired&sb="
        );
        assert_eq!(
            with_code("http://localhost:3000/a?b=c", "x y"),
            "http://localhost:3000/a?b=c&code=x+y"
        );
        assert_eq!(
            with_message("http://localhost:3000", "ok&"),
            "http://localhost:3000#message=ok%26&sb="
        );
    }

    proptest::proptest! {
        #[test]
        fn every_place_makes_a_header(place in r"http://127\.0\.0\.1:3000/\PC{0,40}|.*|\PC{0,60}", message in ".*") {
            let allowed = Allowed::new("http://127.0.0.1:3000", &["**".into()]);
            let target = allowed.first([place.as_str()].into_iter());
            let error = AuthError::new(403, "otp_expired", message.clone());
            for location in [
                with_message(&target, &message),
                with_code(&target, &message),
                with_error(&target, &error, false),
                with_error(&target, &error, true),
            ] {
                let header = axum::http::HeaderValue::from_str(&location);
                proptest::prop_assert!(header.is_ok(), "{:?}", location);
            }
        }

        #[test]
        fn no_address_on_another_host_is_allowed(host in "[a-z0-9.@:_-]{1,30}", rest in "(/.*)?") {
            let allowed = Allowed::new("http://site.test", &["https://app.example.com/**".into()]);
            let place = format!("https://{host}{rest}");
            if allowed.allows(&place) {
                let url = Url::parse(&place).unwrap();
                proptest::prop_assert_eq!(url.host_str(), Some("app.example.com"));
            }
        }
    }
}
