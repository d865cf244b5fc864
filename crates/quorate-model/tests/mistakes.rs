//! Each mistake that was put in is found, with no liar's help. The paths are the shortest there are.

use quorate_model::acts::{self, Acts, Forgetting};
use quorate_model::check::shortest;
use quorate_model::export::{Exports, Mistake, names};
use quorate_model::roster::Roster;

/// The shortest path to the broken property, which holds without the mistake.
fn found(requests: &'static [usize], sessions: usize, mistake: Mistake, property: &'static str) {
    for roster in [Roster::of(2, 3), Roster::of(3, 3)] {
        let good = Exports::new(roster, requests, sessions);
        assert!(
            shortest(good, property).is_none(),
            "{roster}: {property} without a mistake"
        );
        let path = shortest(good.with(mistake), property).expect("a mistake that is found");
        println!(
            "{roster}: {mistake:?} breaks '{property}' in {} steps: {path:?}",
            path.len()
        );
    }
}

#[test]
fn a_release_with_one_tombstone_too_few_is_found() {
    found(
        &[0],
        0,
        Mistake::ReleasesOneShort,
        names::NO_RELEASE_BEFORE_QUORUM,
    );
}

#[test]
fn a_tombstone_after_the_release_is_found() {
    found(
        &[0],
        0,
        Mistake::ReleasesBeforeItRetires,
        names::NO_RELEASE_BEFORE_QUORUM,
    );
}

#[test]
fn a_tombstone_said_before_it_is_durable_is_found() {
    found(
        &[0],
        0,
        Mistake::SaysBeforeItWrites,
        names::NO_RELEASE_BEFORE_QUORUM,
    );
}

#[test]
fn a_retirement_that_a_crash_forgets_is_found() {
    found(
        &[0],
        1,
        Mistake::ForgetsInACrash,
        names::NO_CONTRIBUTION_AFTER_TOMBSTONE,
    );
}

#[test]
fn a_signer_that_falls_silent_after_the_write_is_found() {
    found(
        &[0],
        1,
        Mistake::FallsSilentLate,
        names::NO_CONTRIBUTION_AFTER_TOMBSTONE,
    );
}

#[test]
fn a_repeat_that_encrypts_again_is_found() {
    found(&[0, 0], 0, Mistake::EncryptsAgain, names::SAME_CIPHERTEXT);
}

#[test]
fn a_tombstone_that_peers_cannot_follow_is_found() {
    found(&[0], 0, Mistake::PeersDoNotFollow, names::CAN_BE_FINISHED);
}

#[test]
fn a_second_act_for_a_number_after_a_restart_is_found() {
    for roster in [
        Roster::of(2, 3),
        Roster::of(3, 5),
        Roster::of(4, 5),
        Roster::of(3, 3),
    ] {
        let forgetful = Acts {
            forgetting: Forgetting::InACrash,
            ..Acts::new(roster, 2)
        };
        for property in [acts::names::ONE_CERTIFICATE, acts::names::ONE_HISTORY] {
            assert!(
                shortest(Acts::new(roster, 2), property).is_none(),
                "{roster}: {property}"
            );
            let path = shortest(forgetful, property).expect("a second act");
            println!(
                "{roster}: a crash that forgets breaks '{property}' in {} steps",
                path.len()
            );
        }
    }
}
