//! Messages heard one by one, lost and forgotten, lead nowhere that the shorter model does not know.

use std::collections::HashSet;

use quorate_model::export::{Exports, Hearing, State};
use quorate_model::roster::Roster;
use stateright::{Expectation, Model};

fn reachable(model: Exports) -> HashSet<State> {
    let always: Vec<_> = model
        .properties()
        .into_iter()
        .filter(|property| property.expectation == Expectation::Always)
        .collect();
    let mut found: HashSet<State> = model.init_states().into_iter().collect();
    let mut waiting: Vec<State> = found.iter().cloned().collect();
    while let Some(state) = waiting.pop() {
        for property in &always {
            assert!((property.condition)(&model, &state), "{}", property.name);
        }
        for next in model.next_states(&state) {
            if found.insert(next.clone()) {
                waiting.push(next);
            }
        }
    }
    found
}

/// What an observer who does not see the inboxes makes of each state.
fn without_inboxes(states: &HashSet<State>, model: Exports) -> HashSet<State> {
    states
        .iter()
        .map(|state| model.without_inboxes(state))
        .collect()
}

fn compare(roster: Roster, requests: &'static [usize], sessions: usize) {
    let at_once = Exports::new(roster, requests, sessions);
    let one_by_one = Exports {
        hearing: Hearing::OneByOne,
        ..at_once
    };
    let (few, many) = (reachable(at_once), reachable(one_by_one));
    println!(
        "{roster}, {requests:?}, {sessions}: {} states with inboxes, {} without",
        many.len(),
        few.len()
    );
    assert!(without_inboxes(&many, at_once) == few, "{roster}");
}

#[test]
fn inboxes_add_nothing_with_a_liar() {
    compare(Roster::of(2, 3).with_liars(1), &[0], 1);
    compare(Roster::of(3, 3).with_liars(1), &[0], 1);
}

#[test]
#[ignore = "minutes"]
fn inboxes_add_nothing_for_two_of_three() {
    compare(Roster::of(2, 3), &[0], 0);
}

#[test]
#[ignore = "minutes"]
fn inboxes_add_nothing_for_three_of_three() {
    compare(Roster::of(3, 3), &[0], 0);
    compare(Roster::of(3, 3).with_liars(1), &[0, 1], 0);
}
