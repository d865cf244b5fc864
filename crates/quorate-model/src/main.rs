//! Prints what is checked and how many states it has: `cargo run --release -p quorate-model`, with `-- --long` for the
//! searches that take minutes.

#![forbid(unsafe_code)]

use quorate_model::acts::{Obeys, Stores};
use quorate_model::plan::{bounds_of, check_acts, check_exports};
use quorate_model::roster::ROSTERS;

fn main() {
    let long = std::env::args().any(|argument| argument == "--long");
    println!(
        "Exports: requests by encryption key; crashes, losses, delays and replays without number."
    );
    for roster in ROSTERS
        .into_iter()
        .flat_map(|roster| roster.with_each_number_of_liars())
    {
        for &bounds in bounds_of(roster)
            .iter()
            .filter(|bounds| long || !bounds.long)
        {
            let _ = check_exports(roster, bounds);
        }
        for (obeys, stores) in [
            (Obeys::Certified, Stores::Acknowledged),
            (Obeys::Acknowledged, Stores::Acknowledged),
            (Obeys::Certified, Stores::Applied),
        ] {
            let _ = check_acts(roster, obeys, stores);
        }
    }
}
