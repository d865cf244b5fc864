//! A model of what signers promise about acts and exports, checked in every state that can be reached.
//!
//! ```sh
//! cargo test --release -p quorate-model                    # seconds to a minute
//! cargo test --release -p quorate-model -- --ignored       # further bounds, minutes
//! cargo run --release -p quorate-model                     # the bounds, and the states of each roster; -- --long
//! ```
//!
//! It knows nothing of the code and shares nothing with it. Each step names the function that it stands for; whoever
//! changes one looks at the other.
//!
//! # What is modelled
//!
//! * **Rosters** 2/3, 3/5, 4/5 and 3/3, each with f = 0 … t−1 liars ([`roster`]). q = t.
//! * **Exports** of one key ([`export`]): intent, tombstone, release, answer; repeats under a new challenge and with a new
//!   encryption key, in any interleaving; peers that follow a tombstone; signing sessions of two rounds.
//! * **Acts** for one number ([`acts`]): a revocation and its rivals, acknowledgements, certificates, the answer to the
//!   client, and then a request that the revocation forbids. Later numbers begin where all histories are one, so they add
//!   nothing.
//! * **A network without order.** A message is the fact that somebody has signed it. It may arrive at any time, never, or
//!   again. There is no bound on any of that.
//! * **A hostile server.** Whom to ask, when, for what, and what to hold back is every possible choice.
//! * **Crashes**, as many as one likes, between any two steps: memory is lost, disk and what was said stay. A signer that
//!   is down is one that takes no steps. A write that fails is a crash before it.
//! * **Liars** sign anything at any time: yes without looking, tombstones they never set, acknowledgements of every act,
//!   session messages. Or nothing. They have no state, only a number; the honest signers cannot tell them apart, and a
//!   share that a liar gives away early is one that f counts.
//!
//! # Bounds
//!
//! Only these; `plan` has them, and every run prints them.
//!
//! | signers | requests (encryption keys) | sessions |
//! |---|---|---|
//! | 3 | 2 (0 0), 2 (0 1) | 1 |
//! | 3 | 3 (0 0 1) | 0, long: 1 |
//! | 3 | 1 | 2, long with 2 (0 1) |
//! | 5 | 1 | 1, long with 2 (0 0) |
//! | 5 | 2 (0 0), 2 (0 1) | 0 |
//!
//! One key; three acts for one number.
//!
//! # What holds
//!
//! The exact sentences stand at [`export::names`] and [`acts::names`]. In short:
//!
//! | | for f |
//! |---|---|
//! | nothing is contributed after the own tombstone | any |
//! | a release has its own signer's tombstone on disk, and those of q−f honest signers | any |
//! | of a session begun when n−t+1 honest signers are retired comes no signature | any |
//! | of a session begun after a ciphertext has left comes no signature | f < 2t−n, and no further |
//! | one pair of key and encryption key, one ciphertext | any |
//! | one honest tombstone: the honest signers can finish the export alone | n−f ≥ t |
//! | no honest tombstone: they can sign alone | n−f ≥ t |
//! | one number, one certified act | f < 2t−n, and no further |
//! | an answered revocation is obeyed by every quorum | f ≤ m−(n−t+1), if those obey who are counted in m |
//!
//! With f liars "q tombstones" means q statements, of which q−f are true.
//!
//! # What it shows besides
//!
//! * A signature whose session all participants began before may get its *last* message after a ciphertext has left: from
//!   a signer that has not heard of the export yet ([`export::names::ENDED_LATE`]).
//! * m counts acknowledgements, while at first only the server has the certificate. If signers obeyed certificates alone
//!   ([`acts::Obeys::Certified`]), a server could answer a revocation, keep its certificate to itself, and all signers would
//!   go on as if there were none. So they refuse what an act takes away from their acknowledgement on
//!   ([`acts::Obeys::Acknowledged`]), and what it gives they give with its certificate.
//! * A server that offers rival acts can use up a number: every signer has given its word and no act can get q
//!   ([`acts::names::STUCK`]). It blocks itself, as was intended, and every server after it.
//!
//! # What is not modelled
//!
//! Cryptography (signatures are facts, hashes are names), clocks and freshness (evidence never expires here, which only
//! gives the adversary more), permissions, spent marks, key generation, rollback of a disk (a signer that forgets what it
//! had on disk is a liar), signers lost for good, and the client. A yes said before a revocation stays a yes; the property
//! is about requests that nobody had seen before. That all honest signers' heads agree in a quorum is not needed for it.
//!
//! # Where the steps are in the code
//!
//! | step | code, in `packages/signer/src` |
//! |---|---|
//! | `SayYes` | `export/exporter.ts` `agree` |
//! | `Agree` | `export/exporter.ts` `agree`, `export/quorum.ts` `yesesAt`, `export/retirement.ts` up to the write |
//! | `Follow` | `export/exporter.ts` `adopt`, `export/quorum.ts` `proofIn` |
//! | `Retire` | `store/exports.ts` `retire`: one transaction |
//! | `Release` | `export/retirement.ts` `storeMore`, `store/exports.ts` `release`: one transaction |
//! | `Answer` | `export/exporter.ts` `request`: `replyOf` |
//! | `Call`, `Contribute` | `sessions.ts` `conduct`, `contribute` |
//! | `Crash` | any; then `signer.ts` reads the store, and `resume` and `remind` carry on |
//! | `Acknowledge` | `chain.ts` `acknowledge`, `store/acts.ts` `acknowledge`: one transaction |
//! | `Apply` | `chain.ts` `apply`, `store/acts.ts` `certify`: one transaction |
//! | `Answer` (acts) | `packages/server/src/authority.ts` `commit` |
//! | `SayYes` (acts) | `decide.ts`, for exports and sessions alike |
//!
//! # How the states stay few
//!
//! Signers are interchangeable, so states that differ only in who is who are one. Messages have no inbox: whoever acts on
//! statements has just heard them, since hearing changes only what its hearer may do next and can be put off until then;
//! `tests/hearing.rs` compares this with inboxes, state by state. Once a quorum's yes exists, who said it is forgotten.

#![forbid(unsafe_code)]

pub mod acts;
pub mod check;
pub mod export;
pub mod plan;
pub mod roster;
