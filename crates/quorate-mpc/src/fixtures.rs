//! Published primes and aux info of five signers, sealed like real ones: tests and benches only.

use quorate_protocols::aux::AuxInfo;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    SealContext, Vault,
    error::{Error, ErrorCode},
};

const PRIMES: &str = include_str!("../fixtures/primes-5.json");
const AUX: &str = include_str!("../fixtures/aux-5.json");

#[derive(Deserialize)]
struct Number {
    value: String,
}

#[derive(Deserialize)]
struct Signer {
    primes: [Number; 4],
}

impl Vault {
    /// The primes of fixture signer `index`, from 0.
    pub fn seal_fixture_primes(
        &self,
        index: usize,
        context: &SealContext,
    ) -> Result<Vec<u8>, Error> {
        let absent = Error::new(ErrorCode::FixtureAbsent);
        let signers: Vec<Signer> = serde_json::from_str(PRIMES).map_err(|_| absent)?;
        let signer = signers.get(index).ok_or(absent)?;
        let primes = signer
            .primes
            .each_ref()
            .map(|number| Zeroizing::new(bytes(&number.value)));
        Ok(self.seal_primes(&primes, context))
    }

    /// The aux info of fixture signer `index`, from 0.
    pub fn seal_fixture_aux(&self, index: usize, context: &SealContext) -> Result<Vec<u8>, Error> {
        let absent = Error::new(ErrorCode::FixtureAbsent);
        let all: Vec<serde_json::Value> = serde_json::from_str(AUX).map_err(|_| absent)?;
        let info = all
            .into_iter()
            .nth(index)
            .and_then(AuxInfo::from_json_value)
            .ok_or(absent)?;
        self.seal_aux(&info, context)
    }
}

/// Big-endian bytes of an even number of hex digits.
fn bytes(digits: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap_or_default();
    (0..digits.len()).step_by(2).map(digit).collect()
}
