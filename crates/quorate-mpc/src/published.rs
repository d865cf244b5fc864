//! The test fixtures are published secrets. A build without them knows them by their hashes, and
//! takes neither their primes nor any modulus made of them, from wherever they come.

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorCode};

/// SHA-256 of every prime and modulus of the fixtures, big-endian without leading zeros, hex.
const HASHES: [&str; 30] = [
    "05cefa15248ab9d0fc3181a5d1a256b342cac4be98073779d4d6a3df4d5d7fb3",
    "0b6716d536fa56adef26b898b87e5f6af952c2c2ee65e2de213516ed8904986d",
    "12c6ad97daa960a8245b5c42d063a2212907d9d947ee158b9b5c0e00ec2b73d6",
    "12f1161eec652138eea9ebf18bdf4d21aa65e87e7daa9a3b3669462191efcdae",
    "1f89b7134fbf8fec0890e5680ff10f8ddd5ef80c4844f53044057c2a816fea15",
    "240df5b33236a2dcd5a079c3d1da64f0a4036f5b3d7576b5f81f3700a410e2fd",
    "2cda32abc9846b83ee52b5821bc3810b336839b789ac11af4ef924070b0e2c59",
    "2d5e062d2314405e8f0b2bcd6c1b876192e22be6e263966aca81beb20b442586",
    "53c388a3994587d16401291f4bfe71edd5ba09a19690dc2e2cf453d17f56b043",
    "54ce88b0a6d6a85351f716ceddfd33242679b6bdd84964ef52013d740b1d8f26",
    "5ba2d4d4723fe6780fe0901837427a526d5dc4105c3ea6bec06926d3d3d1fbf4",
    "5fa49c11133f186e7dd7dc52a897b8d5b34d5c59cfe9ba961679eb049e35089f",
    "7bc0a525a1cce3c6fc4d0caf44aa8325c0a9737a1cf82c961d3f51629b2135e9",
    "7c082189eca97659ffa005d7d81e614d52f8dbdd54e8f47b9425be2e62ab70f7",
    "83b4460d154fb204f2119a6b3f6b7919c567ae3c15ad98838b7342ffa1181132",
    "8865e89d40d832421de7a8f6b5eeb3d4aa20316260e8934bc9a20b4da2d23554",
    "8ae6c165bdacb6aba08a4a12ef49f37462c6cfc090099ca0c253766502d8a17c",
    "91fb4f20731bbc64558aa6a36ae587060cdf7936a83ac428e7b3e5775cab5a40",
    "92ac78b0ca4973c8a71488ecf54b65e285e8208fcd710f4d89e8eb5c9580a1d2",
    "9d337102f7332b5e75bf720a490a57b4fe6b3835839d1206c4dff3524f1e23b3",
    "aa1a666565a772b80d189b80d1b01b97f509288ddb6b4deb80c0842413ea083d",
    "b7fba22b4138a1f1dd91524c6e378d21fc6ea0b197005e0ac5ed313644a88923",
    "c7e9c4ccfca2c6179ff8d96785c1cb8512cde25752a527d14a3e29c2dfa9bb30",
    "cd2dfacf641bf427e7b20e0f71e12a04ead61fe651dfc4c331d4393e118b40ad",
    "d15147910a934f04ec8f6eea58a5e8ac0d2aaa42240f6f1f8c8450f7c12f45d1",
    "d880ecf4e8d3c1c49cc87cd432722335c782374988c1e38f3318b89beaf3b646",
    "e917510f7969cf242f3470f9ce75b9232b1f007a4fd95e1d8ad793696628fd75",
    "f942e87f0d705369e447af745d2064ff437c8e513a62bb974af9dd949ca310d7",
    "fb5f3a5a4446e6f69a94560ca29451246a49ac3fbb26e22663073cf8317137f0",
    "fced0d3704efdbeb0fc555dd7848e734d9265932b648108f8d336e8503b7c1d2",
];

/// True if `number` (big-endian) is a prime or modulus of the fixtures.
pub fn is_published(number: &[u8]) -> bool {
    let digits = Sha256::digest(number)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    HASHES.binary_search(&digits.as_str()).is_ok()
}

/// Refuses published numbers in a build without fixtures; a build with them takes all.
pub(crate) fn refuse<N: AsRef<[u8]>>(numbers: impl IntoIterator<Item = N>) -> Result<(), Error> {
    let known = numbers
        .into_iter()
        .any(|number| is_published(number.as_ref()));
    if known && !cfg!(feature = "test-fixtures") {
        return Err(Error::new(ErrorCode::FixtureRefused));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use quorate_protocols::aux::AuxInfo;
    use serde_json::Value;
    use zeroize::Zeroizing;

    use super::*;
    use crate::{SealContext, Vault, blob::Kind};

    const PRIMES: &str = include_str!("../fixtures/primes-5.json");
    const AUX: &str = include_str!("../fixtures/aux-5.json");

    fn number(value: &Value) -> Vec<u8> {
        let digits = value["value"].as_str().expect("digits");
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex"))
            .collect()
    }

    fn primes(signer: &Value) -> [Zeroizing<Vec<u8>>; 4] {
        std::array::from_fn(|at| Zeroizing::new(number(&signer["primes"][at])))
    }

    fn files() -> (Vec<Value>, Vec<Value>) {
        let parse = |text| serde_json::from_str(text).expect("a fixture file is JSON");
        (parse(PRIMES), parse(AUX))
    }

    #[test]
    fn every_number_of_the_fixtures_is_known_and_others_are_not() {
        let (signers, infos) = files();
        let primes = signers.iter().flat_map(primes).map(|prime| prime.to_vec());
        let moduli = infos.into_iter().flat_map(|info| {
            let info = AuxInfo::from_json_value(info).expect("aux info");
            info.numbers().into_iter().map(|number| number.to_vec())
        });
        let all: Vec<Vec<u8>> = primes.chain(moduli).collect();
        assert_eq!(all.len(), 5 * 4 + 5 * 12);
        assert!(all.iter().all(|number| is_published(number)));
        assert!(!is_published(&all[0][1..]));
    }

    #[test]
    fn sealed_fixtures_are_refused_by_a_build_without_them() {
        let vault = Vault::new(Zeroizing::new([1; 32]));
        let context = SealContext::default();
        let (signers, infos) = files();
        let refused = if cfg!(feature = "test-fixtures") {
            Ok(())
        } else {
            Err(Error::new(ErrorCode::FixtureRefused))
        };
        let sealed = vault.seal_primes(&primes(&signers[0]), &context);
        assert_eq!(vault.open_primes(&sealed, &context).map(|_| ()), refused);
        let info = AuxInfo::from_json_value(infos[1].clone()).expect("aux info");
        assert_eq!(vault.seal_aux(&info, &context).map(|_| ()), refused);
        let sealed = vault.seal(Kind::Aux, &context, &info.encode());
        assert_eq!(vault.open_aux(&sealed, &context).map(|_| ()), refused);
    }
}
