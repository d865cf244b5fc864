//! One of five sends what it should not. The session fails closed and names it; the next one works.

mod network;

use ciborium::Value;
use network::{Letter, Outcome, dkg, honest, key, roster, spec};
use quorate_mpc::{Code, DkgSpec, Event};

/// Everybody who failed by themselves, not because the test told them to stop.
fn failures(outcomes: &[Outcome]) -> Vec<(Code, Vec<u16>)> {
    let failed = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    failed
        .filter(|failure| failure.code != Code::Cancelled)
        .map(|failure| (failure.code, failure.culprits.clone()))
        .collect()
}

/// The mailman changes what party 2 says; nobody may finish, and party 2 is named or nobody is.
fn corrupted(id: u8, expected: Code, mut change: impl FnMut(Letter) -> Vec<Letter>) {
    let roster = roster(5);
    let outcomes = dkg(&roster, id, |letter| {
        if letter.from == 2 {
            change(letter)
        } else {
            vec![letter]
        }
    });
    let failed = failures(&outcomes);
    assert!(failed.contains(&(expected, vec![2])), "{failed:?}");
    assert!(
        failed
            .iter()
            .all(|(_, culprits)| culprits.iter().all(|culprit| *culprit == 2)),
        "{failed:?}"
    );
    key(dkg(&roster, id + 100, honest));
}

/// Replaces the body of party 2's first broadcast.
fn first_body(id: u8, expected: Code, replace: impl Fn(Vec<u8>) -> Vec<u8>) {
    corrupted(id, expected, |mut letter| {
        if letter.seq == 0 {
            letter.body = replace(letter.body);
        }
        vec![letter]
    });
}

fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("encodes");
    bytes
}

#[test]
fn a_cut_body() {
    first_body(1, Code::Decode, |body| body[..body.len() - 1].to_vec());
}

#[test]
fn an_empty_body() {
    first_body(2, Code::Decode, |_| Vec::new());
}

#[test]
fn trailing_bytes() {
    first_body(3, Code::Decode, |body| [body, vec![0]].concat());
}

#[test]
fn an_oversized_body() {
    first_body(4, Code::Oversized, |_| vec![0; 5000]);
}

#[test]
fn integers_that_would_panic_the_decoder_or_pass_it_silently() {
    let integer = |radix: i64, digits: &str| {
        let entries = vec![
            ("radix".into(), radix.into()),
            ("value".into(), digits.into()),
        ];
        Value::Map(vec![("Round1".into(), Value::Map(entries))])
    };
    for (at, (radix, digits)) in [
        (0, "1"),
        (1, "1"),
        (37, "1"),
        (99, "1"),
        (10, "1"),
        (16, "FF"),
        (16, "+ff"),
        (16, "1_f"),
        (16, "0f"),
        (16, ""),
    ]
    .into_iter()
    .enumerate()
    {
        first_body(10 + at as u8, Code::Decode, |_| {
            cbor(&integer(radix, digits))
        });
    }
}

#[test]
fn deep_nesting() {
    first_body(21, Code::Decode, |_| vec![0x81; 4000]);
}

#[test]
fn two_versions_under_one_number() {
    corrupted(22, Code::Equivocation, |letter| {
        let mut other = letter.clone();
        let last = other.body.len() - 1;
        other.body[last] ^= 1;
        if letter.broadcast {
            vec![letter, other]
        } else {
            vec![letter]
        }
    });
}

#[test]
fn one_round_sent_twice_under_two_numbers() {
    corrupted(23, Code::Equivocation, |letter| {
        let again = Letter {
            seq: letter.seq + 40,
            ..letter.clone()
        };
        if letter.seq == 0 {
            vec![letter, again]
        } else {
            vec![letter]
        }
    });
}

#[test]
fn a_changed_private_body() {
    corrupted(24, Code::Decode, |mut letter| {
        if !letter.broadcast {
            letter.body[40] ^= 1;
        }
        vec![letter]
    });
}

/// Fields with their lengths, as the sessions bind them.
fn framed(fields: &[&[u8]]) -> Vec<u8> {
    let length = |field: &&[u8]| (field.len() as u32).to_be_bytes();
    fields
        .iter()
        .flat_map(|field| [length(field).as_slice(), field].concat())
        .collect()
}

#[test]
fn a_broadcast_sent_as_a_private_message() {
    let roster = roster(5);
    let outcomes = dkg(&roster, 25, |mut letter| {
        if letter.from == 2 && letter.to == 0 && letter.seq == 0 {
            let [from, to, seq] = [
                &2u16.to_be_bytes()[..],
                &0u16.to_be_bytes(),
                &0u32.to_be_bytes(),
            ];
            let aad = framed(&[&[25; 32], from, to, seq]);
            let key = roster[0].identity.public().sealing_key;
            let sealed = roster[2]
                .identity
                .seal(&key, b"quorate/p2p/v1", &aad, &letter.body);
            letter.body = sealed.expect("seals");
            letter.broadcast = false;
        }
        vec![letter]
    });
    assert!(failures(&outcomes).contains(&(Code::Protocol, vec![2])));
    key(dkg(&roster, 125, honest));
}

/// Changes the last byte string of a message: a scalar, a point or a hash.
fn bend(value: &mut Value) -> bool {
    match value {
        Value::Bytes(bytes) => bytes.last_mut().map(|last| *last ^= 1).is_some(),
        Value::Array(items) if items.len() >= 16 && items.iter().all(Value::is_integer) => {
            items[0] = 7.into();
            true
        }
        Value::Array(items) => items.iter_mut().rev().any(bend),
        Value::Map(entries) => entries.iter_mut().rev().any(|(_, value)| bend(value)),
        _ => false,
    }
}

#[test]
fn a_proof_or_opening_that_does_not_hold_names_its_sender() {
    for (id, round) in [(27, "Round2Broad"), (28, "Round3")] {
        corrupted(id, Code::Protocol, |mut letter| {
            let value = ciborium::from_reader::<Value, _>(letter.body.as_slice());
            if let Ok(Value::Map(mut entries)) = value
                && letter.broadcast
                && entries[0].0.as_text() == Some(round)
            {
                assert!(bend(&mut entries[0].1));
                letter.body = cbor(&Value::Map(entries));
            }
            vec![letter]
        });
    }
}

#[test]
fn a_flood() {
    corrupted(26, Code::Oversized, |letter| {
        (0..200)
            .map(|more| Letter {
                seq: letter.seq + 1000 + more,
                ..letter.clone()
            })
            .collect()
    });
}

#[test]
fn a_private_body_of_another_session() {
    let roster = roster(5);
    let mut kept = None;
    key(dkg(&roster, 31, |letter| {
        if letter.from == 2 && letter.to == 0 && !letter.broadcast {
            kept = Some(letter.body.clone());
        }
        vec![letter]
    }));
    let body = kept.expect("party 2 wrote to party 0");
    let outcomes = dkg(&roster, 32, |mut letter| {
        if letter.from == 2 && letter.to == 0 && !letter.broadcast {
            letter.body.clone_from(&body);
        }
        vec![letter]
    });
    assert!(failures(&outcomes).contains(&(Code::Decode, vec![2])));
    key(dkg(&roster, 33, honest));
}

#[test]
fn a_private_body_claimed_by_another_sender() {
    let roster = roster(5);
    let outcomes = dkg(&roster, 34, |mut letter| {
        if letter.from == 2 && !letter.broadcast {
            letter.from = if letter.to == 4 { 3 } else { 4 };
            letter.seq += 50;
        }
        vec![letter]
    });
    // The link vouches for the sender, so it is the claimed one that is named.
    let failed = failures(&outcomes);
    assert!(!failed.is_empty() && outcomes.iter().all(Result::is_err));
    assert!(
        failed.iter().all(|(code, _)| *code == Code::Decode),
        "{failed:?}"
    );
}

#[test]
fn unequal_broadcasts_fail_everybody() {
    let roster = roster(5);
    // Two honest runs of party 2 under one execution id: to party 0 it sends the first run's
    // commitment, to the others the second's.
    let mut other = None;
    dkg(&roster, 35, |letter| {
        if letter.from == 2 && letter.seq == 0 {
            other.get_or_insert(letter.body.clone());
        }
        vec![letter]
    });
    let other = other.expect("party 2 committed");
    let outcomes = dkg(&roster, 35, |mut letter| {
        if letter.from == 2 && letter.to == 0 && letter.seq == 0 {
            letter.body.clone_from(&other);
        }
        vec![letter]
    });
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
    let failed = failures(&outcomes);
    assert!(
        failed
            .iter()
            .any(|(code, culprits)| *code == Code::Equivocation && culprits.is_empty()),
        "{failed:?}"
    );
    key(dkg(&roster, 36, honest));
}

#[test]
fn repeats_and_outsiders_change_nothing() {
    let roster = roster(5);
    key(dkg(&roster, 37, |letter| {
        let outsider = Letter {
            from: 5,
            body: vec![0xff],
            ..letter.clone()
        };
        let own = Letter {
            from: letter.to as u32,
            ..outsider.clone()
        };
        vec![outsider, own, letter.clone(), letter]
    }));
}

#[test]
fn delivery_in_reverse_order_changes_nothing() {
    let roster = roster(5);
    let mut held = Vec::new();
    key(dkg(&roster, 38, |letter| {
        // Every broadcast of round 2 waits for the private message that follows it.
        if letter.broadcast && letter.seq == 2 {
            held.push(letter);
            return Vec::new();
        }
        let mut out = vec![letter];
        let (to, from) = (out[0].to, out[0].from);
        let due = |kept: &Letter| kept.to == to && kept.from == from;
        while let Some(at) = held.iter().position(due) {
            out.push(held.remove(at));
        }
        out
    }));
}

#[test]
fn a_session_ends_at_its_deadline_and_on_cancel() {
    let roster = roster(5);
    let start = |wait: u64| {
        let (events, received) = std::sync::mpsc::channel();
        let mut session = spec(&roster, &[0, 1, 2, 3, 4], 0, 39);
        session.deadline = std::time::SystemTime::now() + std::time::Duration::from_millis(wait);
        let dkg = DkgSpec {
            session,
            threshold: 3,
            context: roster[0].context.clone(),
        };
        let handle = roster[0]
            .vault
            .start_dkg(dkg, move |event| drop(events.send(event)));
        let last = move || loop {
            match received.recv().expect("an event") {
                Event::Message { .. } => {}
                Event::Failed(failure) => return failure.code,
                Event::Done(done) => panic!("{done:?}"),
            }
        };
        (handle, last)
    };
    let (_waiting, last) = start(200);
    assert_eq!(last(), Code::Deadline);
    let (_late, last) = start(0);
    assert_eq!(last(), Code::Deadline);
    let (handle, last) = start(60_000);
    handle.cancel();
    assert_eq!(last(), Code::Cancelled);
}

#[test]
fn what_does_not_fit_together_is_refused_at_the_start() {
    let roster = roster(3);
    let start = |change: fn(&mut DkgSpec)| {
        let (events, received) = std::sync::mpsc::channel();
        let session = spec(&roster, &[0, 1, 2], 0, 40);
        let mut dkg = DkgSpec {
            session,
            threshold: 2,
            context: roster[0].context.clone(),
        };
        change(&mut dkg);
        roster[0]
            .vault
            .start_dkg(dkg, move |event| drop(events.send(event)));
        match received.recv().expect("an event") {
            Event::Failed(failure) => failure.code,
            event => panic!("{event:?}"),
        }
    };
    assert_eq!(start(|dkg| dkg.threshold = 4), Code::BadInput);
    assert_eq!(start(|dkg| dkg.threshold = 1), Code::BadInput);
    assert_eq!(
        start(|dkg| dkg.session.parties[2].index = 3),
        Code::BadInput
    );
    assert_eq!(start(|dkg| dkg.session.me = 1), Code::BadInput);
    assert_eq!(start(|dkg| dkg.session.me = 3), Code::BadInput);
    assert_eq!(start(|dkg| dkg.session.parties.truncate(1)), Code::BadInput);
}
