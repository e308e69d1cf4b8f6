//! An asymmetric key that signs tokens: ES256 or RS256.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The members of a JWK that are public, in the order in which Supabase serves them.
const PUBLIC_MEMBERS: [&str; 10] = ["alg", "crv", "e", "ext", "kid", "kty", "n", "use", "x", "y"];

/// A private key with the JWK of its public half.
#[derive(Clone)]
pub(super) struct SigningKey {
    pair: Arc<Pair>,
    public: Map<String, Value>,
}

enum Pair {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl SigningKey {
    /// The ES256 key that belongs to a JWT secret.
    pub(super) fn derive(jwt_secret: &str) -> anyhow::Result<Self> {
        // A hash is a valid private key unless it is zero or above the curve's order: once in 2^32 times.
        let scalar = Sha256::digest(format!("seedbed: the key that signs user tokens: {jwt_secret}"));
        let private = p256::SecretKey::from_slice(&scalar)
            .ok()
            .context("derive the signing key")?;
        let point = private.public_key().to_encoded_point(false);
        let coordinates = point.x().zip(point.y()).context("derive the signing key")?;
        let kid = uuid::Uuid::new_v8(Sha256::digest(point.as_bytes())[..16].try_into()?);
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "ext": true, "kid": kid,
            "x": encode(coordinates.0), "y": encode(coordinates.1), "d": encode(&scalar),
        });
        match jwk {
            Value::Object(jwk) => Self::from_jwk(jwk),
            _ => unreachable!("a JSON object was just made"),
        }
    }

    /// A key pair as RFC 7517 writes it down: `EC` on P-256, or `RSA`.
    pub(super) fn from_jwk(mut jwk: Map<String, Value>) -> anyhow::Result<Self> {
        let member = |name: &str| {
            let text = jwk
                .get(name)
                .and_then(Value::as_str)
                .with_context(|| format!("a key has no `{name}`"))?;
            BASE64_URL_SAFE_NO_PAD
                .decode(text)
                .with_context(|| format!("`{name}` of a key is not base64url"))
        };
        let (pair, alg) = match jwk.get("kty").and_then(Value::as_str) {
            Some("EC") => {
                ensure!(
                    jwk.get("crv").and_then(Value::as_str) == Some("P-256"),
                    "an EC key is not on P-256"
                );
                let point = [vec![4], member("x")?, member("y")?].concat();
                let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    alg,
                    &member("d")?,
                    &point,
                    &SystemRandom::new(),
                );
                (
                    Pair::Es256(pair.map_err(|error| anyhow!("an EC key is not valid: {error}"))?),
                    "ES256",
                )
            }
            Some("RSA") => {
                let pair = RsaKeyPair::from_components(&KeyPairComponents {
                    public_key: PublicKeyComponents {
                        n: member("n")?,
                        e: member("e")?,
                    },
                    d: member("d")?,
                    p: member("p")?,
                    q: member("q")?,
                    dP: member("dp")?,
                    dQ: member("dq")?,
                    qInv: member("qi")?,
                });
                (
                    Pair::Rs256(pair.map_err(|error| anyhow!("an RSA key is not valid: {error}"))?),
                    "RS256",
                )
            }
            other => return Err(anyhow!("the key type is {other:?}, not `EC` or `RSA`")),
        };
        jwk.insert("alg".into(), alg.into());
        jwk.insert("use".into(), "sig".into());
        jwk.insert("ext".into(), true.into());
        let mut public = Map::new();
        for name in PUBLIC_MEMBERS {
            if let Some(value) = jwk.remove(name) {
                public.insert(name.into(), value);
            }
        }
        public.insert("key_ops".into(), json!(["verify"]));
        Ok(Self {
            pair: Arc::new(pair),
            public,
        })
    }

    /// `ES256` or `RS256`.
    pub(super) fn alg(&self) -> &'static str {
        match *self.pair {
            Pair::Es256(_) => "ES256",
            Pair::Rs256(_) => "RS256",
        }
    }

    /// Its id, which the header of a token names.
    pub(super) fn kid(&self) -> Option<&str> {
        self.public.get("kid").and_then(Value::as_str)
    }

    /// The public half, as a JWK.
    pub(super) fn public_jwk(&self) -> Value {
        Value::Object(self.public.clone())
    }

    /// The signature of a message.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &*self.pair {
            Pair::Es256(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec()),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map(|()| signature)
            }
        }
        .expect("the operating system has random bytes")
    }

    /// Whether this key made the signature of a message.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &*self.pair {
            Pair::Es256(pair) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref())
                .verify(message, signature),
            Pair::Rs256(pair) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
                    .verify(message, signature)
            }
        }
        .is_ok()
    }
}
