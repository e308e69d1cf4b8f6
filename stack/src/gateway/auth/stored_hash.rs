//! Hashes of passwords that other programs made: bcrypt, Argon2 and Firebase's scrypt.

use aes::Aes256;
use argon2::{Algorithm, Argon2, Version};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use subtle::ConstantTimeEq as _;

/// A hash that asks for more memory than this is not computed, in KiB: it would take the whole stack down.
const MOST_MEMORY: u64 = 1 << 20;

/// What `auth.users` has in `encrypted_password`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum StoredHash {
    /// `$2a$10$…`
    Bcrypt(String),
    /// `$argon2id$v=19$m=…,t=…,p=…$salt$hash`
    Argon2 {
        algorithm: Algorithm,
        params: argon2::Params,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    /// `$fbscrypt$v=1,n=…,r=…,p=…,ss=…,sk=…$salt$hash`
    FirebaseScrypt {
        params: scrypt::Params,
        /// With Firebase's separator at its end.
        salt: Vec<u8>,
        /// The project's key, which the password encrypts.
        signer_key: Vec<u8>,
        hash: Vec<u8>,
    },
}

impl StoredHash {
    /// Reads a hash; none if it is of no kind that Supabase Auth stores.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split('$').collect();
        match parts[..] {
            ["", "2" | "2a" | "2b" | "2y", cost, rest] => {
                let is_cost = cost.parse::<u32>().is_ok_and(|cost| (4..=31).contains(&cost));
                let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
                let is_hash = is_cost && rest.len() == 53 && rest.bytes().all(is_letter);
                is_hash.then(|| Self::Bcrypt(text.into()))
            }
            [
                "",
                name @ ("argon2i" | "argon2id"),
                "v=19",
                parameters,
                salt,
                hash,
            ] => argon2(name, parameters, salt, hash),
            ["", "fbscrypt", parameters, salt, hash] => firebase_scrypt(parameters, salt, hash),
            _ => None,
        }
    }

    /// Whether this is the hash of the password.
    ///
    /// # Errors
    /// If it cannot be computed.
    pub(super) fn is_of(&self, password: &str) -> anyhow::Result<bool> {
        let (computed, stored) = match self {
            Self::Bcrypt(hash) => return Ok(bcrypt::verify(password, hash)?),
            Self::Argon2 {
                algorithm,
                params,
                salt,
                hash,
            } => {
                let mut computed = vec![0; hash.len()];
                let argon2 = Argon2::new(*algorithm, Version::V0x13, params.clone());
                argon2
                    .hash_password_into(password.as_bytes(), salt, &mut computed)
                    .map_err(anyhow::Error::msg)?;
                (computed, hash)
            }
            Self::FirebaseScrypt {
                params,
                salt,
                signer_key,
                hash,
            } => {
                let mut key = [0; 32];
                scrypt::scrypt(password.as_bytes(), salt, params, &mut key).map_err(anyhow::Error::msg)?;
                let mut computed = signer_key.clone();
                Ctr128BE::<Aes256>::new(&key.into(), &[0; 16].into()).apply_keystream(&mut computed);
                (computed, hash)
            }
        };
        Ok(computed.ct_eq(stored).into())
    }
}

fn argon2(name: &str, parameters: &str, salt: &str, hash: &str) -> Option<StoredHash> {
    let [memory, time, threads] = numbers(parameters.split(','), ["m", "t", "p"])?;
    let salt = BASE64_STANDARD_NO_PAD.decode(salt).ok()?;
    let hash = BASE64_STANDARD_NO_PAD.decode(hash).ok()?;
    let length = Some(hash.len());
    let is_small = u64::from(memory) <= MOST_MEMORY;
    let params = argon2::Params::new(memory, time, threads, length)
        .ok()
        .filter(|_| is_small)?;
    Some(StoredHash::Argon2 {
        algorithm: if name == "argon2i" {
            Algorithm::Argon2i
        } else {
            Algorithm::Argon2id
        },
        params,
        salt,
        hash,
    })
}

fn firebase_scrypt(parameters: &str, salt: &str, hash: &str) -> Option<StoredHash> {
    let mut parameters = parameters.split(',');
    let [1, power, rounds, threads] = numbers(parameters.by_ref().take(4), ["v", "n", "r", "p"])? else {
        return None;
    };
    let mut rest = parameters.peekable();
    let mut optional = |name: &str| {
        let given = rest.next_if(|member| member.starts_with(name));
        BASE64_STANDARD.decode(given.map_or("", |member| &member[name.len()..]))
    };
    let (separator, signer_key) = (optional("ss=").ok()?, optional("sk=").ok()?);
    let kib = 1_u64.checked_shl(power)?.checked_mul(u64::from(rounds))? / 8;
    let is_whole = rest.next().is_none() && power > 0;
    if !is_whole || kib > MOST_MEMORY {
        return None;
    }
    let mut salt = BASE64_STANDARD.decode(salt).ok()?;
    salt.extend(separator);
    Some(StoredHash::FirebaseScrypt {
        params: scrypt::Params::new(u8::try_from(power).ok()?, rounds, threads).ok()?,
        salt,
        signer_key,
        hash: BASE64_STANDARD.decode(hash).ok()?,
    })
}

/// The numbers of `m=16,t=2,p=1`, if it has exactly these members in this order.
fn numbers<'a, const N: usize>(members: impl Iterator<Item = &'a str>, names: [&str; N]) -> Option<[u32; N]> {
    let mut found = [0; N];
    let mut members = members.fuse();
    for (number, name) in found.iter_mut().zip(names) {
        let digits = members.next()?.strip_prefix(name)?.strip_prefix('=')?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        *number = digits.parse().ok().filter(|_| is_number)?;
    }
    members.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes with their passwords, from the documentation of each algorithm.
    const KNOWN: [(&str, &str); 4] = [
        (
            "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            "abc123xyz",
        ),
        (
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "password",
        ),
        (
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
            "password",
        ),
        (
            "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUEC\
             Kbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn\
             3aoItz+VHjoZilo78198JAdRuid5lQ==",
            "user1password",
        ),
    ];

    fn check(hash: &str, password: &str, expect: bool) {
        let parsed = StoredHash::parse(hash).unwrap_or_else(|| panic!("{hash} is no hash"));
        assert_eq!(parsed.is_of(password).unwrap(), expect, "{hash} {password}");
    }

    #[test]
    fn each_kind_knows_its_password() {
        for (hash, password) in KNOWN {
            check(hash, password, true);
            check(hash, "Password", false);
            check(hash, "", false);
        }
    }

    #[test]
    fn other_texts_are_no_hashes() {
        for text in [
            "",
            "plain",
            "$2a$10$short",
            "$2b$99$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi",
            "$1$salt$hash",
            "$argon2d$v=19$m=16,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
            "$argon2id$v=16$m=16,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
            "$argon2id$v=19$m=x,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
            "$argon2id$v=19$m=16,t=2,p=1,keyid=a$c2FsdHNhbHQ$aGFzaGhhc2g",
            "$argon2id$v=19$m=16,t=2,p=1$c2FsdHNhbHQ$",
            "$argon2id$v=19$m=999999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
            "$argon2id$v=19$m=16,t=0,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
            "$argon2id$v=19$m=+16,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
            "$fbscrypt$v=2,n=14,r=8,p=1$c2FsdA==$aGFzaA==",
            "$fbscrypt$v=1,n=0,r=8,p=1$c2FsdA==$aGFzaA==",
            "$fbscrypt$v=1,n=64,r=8,p=1$c2FsdA==$aGFzaA==",
            "$fbscrypt$v=1,n=14,r=8,p=1,xx=Bw==$c2FsdA==$aGFzaA==",
        ] {
            assert_eq!(StoredHash::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_is_a_hash_or_none(
            text in r"\$(2a|argon2id|fbscrypt)\$(v=19\$)?([vmntrp]=[0-9]{1,12},?){0,5}(\$[A-Za-z0-9+/=]{0,60}){0,3}|.*",
        ) {
            // What it asks for may be slow, but is never too much to ask.
            let _ = StoredHash::parse(&text);
        }
    }
}
