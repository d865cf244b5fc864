//! Exports hold what they promise, with each number of liars.

use quorate_model::export::names;
use quorate_model::plan::{bounds_of, check_exports};
use quorate_model::roster::Roster;

fn check(roster: Roster, long: bool) {
    for roster in roster.with_each_number_of_liars() {
        for &bounds in bounds_of(roster)
            .iter()
            .filter(|bounds| bounds.long == long)
        {
            let found = check_exports(roster, bounds);
            assert!(
                found.broken.is_empty(),
                "{roster}, {bounds:?}: {:?}",
                found.broken
            );
            let reached = |name: &str| found.reached.contains(name);
            let signs = bounds.sessions > 0;
            assert_eq!(
                reached(names::EXPORTED),
                roster.honest_signers_suffice(),
                "{roster}, {bounds:?}"
            );
            assert_eq!(reached(names::SIGNED), signs, "{roster}, {bounds:?}");
            // The bounds of the properties are tight.
            let late = signs && !roster.quorums_share_an_honest_signer();
            assert_eq!(reached(names::BEGUN_LATE), late, "{roster}, {bounds:?}");
            let spare = signs && roster.threshold < roster.signers;
            assert_eq!(reached(names::ENDED_LATE), spare, "{roster}, {bounds:?}");
        }
    }
}

#[test]
fn two_of_three() {
    check(Roster::of(2, 3), false);
}

#[test]
fn three_of_five() {
    check(Roster::of(3, 5), false);
}

#[test]
fn four_of_five() {
    check(Roster::of(4, 5), false);
}

#[test]
fn three_of_three() {
    check(Roster::of(3, 3), false);
}

#[test]
#[ignore = "minutes"]
fn two_of_three_further() {
    check(Roster::of(2, 3), true);
}

#[test]
#[ignore = "minutes"]
fn three_of_five_further() {
    check(Roster::of(3, 5), true);
}

#[test]
#[ignore = "minutes"]
fn four_of_five_further() {
    check(Roster::of(4, 5), true);
}

#[test]
#[ignore = "minutes"]
fn three_of_three_further() {
    check(Roster::of(3, 3), true);
}
