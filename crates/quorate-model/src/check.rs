//! Runs a model to its end, and says what it found.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

/// What a whole search has shown.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Different states, up to the order of the signers.
    pub states: usize,
    /// The longest path that the search took.
    pub depth: usize,
    /// How long it took.
    pub time: Duration,
    /// Properties that must always hold and do not.
    pub broken: BTreeSet<&'static str>,
    /// Properties that were to be reached and are.
    pub reached: BTreeSet<&'static str>,
}

/// Visits every state that can be reached, one of each set that differs only in who is who.
///
/// The fingerprints of the states have 64 bits: of ten million states two are alike by chance once in 400,000 runs.
pub fn exhaust<M>(model: M, in_order: fn(&M::State) -> M::State) -> Outcome
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + Clone + PartialEq + Send + Sync + 'static,
    M::Action: Clone + PartialEq,
{
    let began = Instant::now();
    let always: BTreeSet<&'static str> = model
        .properties()
        .iter()
        .filter(|property| property.expectation == Expectation::Always)
        .map(|property| property.name)
        .collect();
    let checker = model
        .checker()
        .symmetry_fn(in_order)
        .finish_when(HasDiscoveries::All)
        .spawn_dfs()
        .join();
    let (broken, reached) = checker
        .discoveries()
        .into_keys()
        .partition(|name| always.contains(name));
    Outcome {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        time: began.elapsed(),
        broken,
        reached,
    }
}

/// The shortest way to break the property, or to reach it; `None` where there is none. Stateright reports one of many, so
/// this searches by itself, and by whole states.
pub fn shortest<M>(model: M, property: &'static str) -> Option<Vec<M::Action>>
where
    M: Model,
    M::State: Hash + Clone + Eq,
    M::Action: Clone,
{
    let Property {
        expectation,
        condition,
        ..
    } = model.property(property);
    let ends = |state: &M::State| condition(&model, state) != (expectation == Expectation::Always);
    let mut known: HashSet<M::State> = model.init_states().into_iter().collect();
    let mut waiting: VecDeque<(M::State, Vec<M::Action>)> = known
        .iter()
        .map(|state| (state.clone(), Vec::new()))
        .collect();
    while let Some((state, path)) = waiting.pop_front() {
        if ends(&state) {
            return Some(path);
        }
        for (action, next) in model.next_steps(&state) {
            if known.insert(next.clone()) {
                waiting.push_back((next, path.iter().cloned().chain([action]).collect()));
            }
        }
    }
    None
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>9} states, {:>6.1} s",
            self.states,
            self.time.as_secs_f64()
        )?;
        for name in &self.broken {
            write!(f, "; BROKEN: {name}")?;
        }
        Ok(())
    }
}
