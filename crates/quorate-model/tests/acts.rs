//! Acts of one number: what acknowledgements and certificates promise, and under which rule.

use quorate_model::acts::{Acts, Obeys, Step, Stores, names};
use quorate_model::check::shortest;
use quorate_model::plan::{ACTS, check_acts};
use quorate_model::roster::{ROSTERS, Roster};

fn rosters() -> impl Iterator<Item = Roster> {
    ROSTERS
        .into_iter()
        .flat_map(Roster::with_each_number_of_liars)
}

#[test]
fn a_number_has_one_certified_act_while_fewer_than_2t_minus_n_lie() {
    for roster in rosters() {
        let found = check_acts(roster, Obeys::Certified, Stores::Acknowledged);
        assert!(!found.broken.contains(names::ONE_CERTIFICATE), "{roster}");
        assert!(!found.broken.contains(names::ONE_HISTORY), "{roster}");
        assert_eq!(
            found.reached.contains(names::TWO_CERTIFICATES),
            !roster.quorums_share_an_honest_signer(),
            "{roster}"
        );
    }
}

#[test]
fn a_revocation_binds_every_quorum_if_those_obey_who_are_counted() {
    for roster in rosters() {
        for (obeys, stores) in [
            (Obeys::Acknowledged, Stores::Acknowledged),
            (Obeys::Certified, Stores::Applied),
        ] {
            let found = check_acts(roster, obeys, stores);
            assert!(found.broken.is_empty(), "{roster}: {:?}", found.broken);
            assert!(found.reached.contains(names::ANSWERED), "{roster}");
            assert_eq!(
                found.reached.contains(names::DISOBEYED),
                !roster.quorums_share_an_honest_signer(),
                "{roster}"
            );
        }
    }
}

/// Why signers obey from their acknowledgement on: at first only the server has the certificate.
#[test]
fn if_signers_obeyed_certificates_alone_a_server_could_keep_a_revoked_credential_alive() {
    for roster in rosters() {
        let mut model = Acts::new(roster, 1);
        model.obeys = Obeys::Certified;
        let path =
            shortest(model, names::REVOCATION_IS_OBEYED).expect("a way around the revocation");
        println!("{roster}: {} steps, {path:?}", path.len());
        assert!(!path.iter().any(|step| matches!(step, Step::Apply(..))));
    }
}

#[test]
fn rival_acts_can_block_a_number_for_good() {
    for roster in rosters() {
        let blocked = |acts: usize| shortest(Acts::new(roster, acts), names::STUCK).is_some();
        assert!(!blocked(1), "{roster}");
        println!(
            "{roster}: blocked by {:?} acts",
            (2..=ACTS).find(|&acts| blocked(acts))
        );
    }
}
