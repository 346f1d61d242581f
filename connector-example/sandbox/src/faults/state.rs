//! The plans in force, and the faults injected so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::faults::plan::{Call, Calls, Fault, FaultPlan, Moment, NextCalls, Rate};
use crate::random::Random;

/// The maximum number of plans in force.
const MAX_PLANS: usize = 1_000;

/// The fault of one call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Injection {
    pub fault: Fault,
    /// Whether the call is processed nevertheless.
    pub work_is_done: bool,
}

/// Why a plan is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The probability is not a number from 0 to 1.
    #[error("the probability must be from 0 to 1")]
    Probability,
    /// The rate has no faults.
    #[error("the rate has no faults; name at least one or leave `faults` out")]
    NoFault,
    /// The duration is negative, not a number, or longer than a day.
    #[error("`seconds` must be from 0 to 86400")]
    Seconds,
    /// The fault cannot happen at this moment.
    #[error("fault `{kind}` does not support this `moment`")]
    Moment {
        /// The kind of the fault.
        kind: &'static str,
    },
    /// Too many plans are in force.
    #[error("too many plans: at most {MAX_PLANS} can be in force")]
    TooMany,
}

/// The plans in force and the faults injected so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FaultReport {
    /// Calls received, with or without a fault. Calls to `/sandbox` do not count.
    pub calls: u64,
    /// Calls among them that write.
    pub writes: u64,
    /// Faults injected.
    pub faults: u64,
    /// Faults injected, by kind.
    pub injected: BTreeMap<&'static str, u64>,
    /// The plans in force, with the remaining count of each. The first plan that applies to a call
    /// decides: plans for the next calls before rates, older ones before newer ones.
    pub plans: Vec<FaultPlan>,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: Vec<NextCalls>,
    rates: Vec<(Rate, Random)>,
    calls: u64,
    writes: u64,
    injected: BTreeMap<&'static str, u64>,
}

impl Faults {
    pub(crate) fn add(&self, plan: FaultPlan) -> Result<(), PlanError> {
        check(&plan)?;
        let mut state = self.state();
        if state.next.len() + state.rates.len() == MAX_PLANS {
            return Err(PlanError::TooMany);
        }
        match plan {
            FaultPlan::Next(next) if next.count == 0 => {}
            FaultPlan::Next(next) => state.next.push(next),
            FaultPlan::Rate(rate) => {
                let random = Random::new(rate.seed);
                state.rates.push((rate, random));
            }
        }
        Ok(())
    }

    /// Removes all plans and resets the counts.
    pub(crate) fn clear(&self) {
        *self.state() = State::default();
    }

    pub(crate) fn report(&self) -> FaultReport {
        let state = self.state();
        let next = state.next.iter().cloned().map(FaultPlan::Next);
        let rates = state
            .rates
            .iter()
            .map(|(rate, _)| FaultPlan::Rate(rate.clone()));
        FaultReport {
            calls: state.calls,
            writes: state.writes,
            faults: state.injected.values().sum(),
            injected: state.injected.clone(),
            plans: next.chain(rates).collect(),
        }
    }

    /// Counts a call and returns its fault, if a plan has one for it.
    pub(crate) fn decide(&self, call: &Call<'_>) -> Option<Injection> {
        let mut state = self.state();
        state.calls += 1;
        state.writes += u64::from(call.is_write());
        let injection = state.planned_next(call).or_else(|| state.drawn(call))?;
        *state.injected.entry(injection.fault.kind()).or_default() += 1;
        Some(injection)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn planned_next(&mut self, call: &Call<'_>) -> Option<Injection> {
        let plan = self.next.iter_mut().find_map(|plan| {
            let applies = call.can_suffer(&plan.fault) && call.is_among(&plan.calls);
            (applies && !skips(&mut plan.calls)).then_some(plan)
        })?;
        plan.count -= 1;
        let injection = Injection::new(plan.fault.clone(), plan.moment == Moment::After);
        self.next.retain(|plan| plan.count > 0);
        Some(injection)
    }

    /// Every rate draws three numbers for every call that it applies to, needed or not, so that the
    /// outcome of one call does not change that of the next.
    fn drawn(&mut self, call: &Call<'_>) -> Option<Injection> {
        let mut injection = None;
        for (rate, random) in &mut self.rates {
            if !call.is_among(&rate.calls) || skips(&mut rate.calls) {
                continue;
            }
            let possible: Vec<&Fault> = rate
                .faults
                .iter()
                .filter(|fault| call.can_suffer(fault))
                .collect();
            let faulty = random.fraction() < rate.probability;
            let kinds = u32::try_from(possible.len()).unwrap_or(u32::MAX);
            let choice = random.below(kinds.max(1));
            let heads = random.below(2) == 1;
            let after = match rate.moment {
                Moment::Before => false,
                Moment::After => true,
                Moment::Either => heads,
            };
            if faulty && injection.is_none() {
                let fault = possible.get(choice as usize);
                injection = fault.map(|&fault| Injection::new(fault.clone(), after));
            }
        }
        injection
    }
}

/// Whether a plan leaves out this call, which it would apply to. Counts the call.
fn skips(calls: &mut Calls) -> bool {
    let skips = calls.skip > 0;
    calls.skip = calls.skip.saturating_sub(1);
    skips
}

impl Injection {
    fn new(fault: Fault, after: bool) -> Self {
        let work_is_done =
            fault.alters_the_body() || fault.only_prepares() || (after && fault.has_two_moments());
        Self {
            fault,
            work_is_done,
        }
    }
}

fn check(plan: &FaultPlan) -> Result<(), PlanError> {
    match plan {
        FaultPlan::Next(next) => {
            let fault = &next.fault;
            let possible = match next.moment {
                Moment::Before => true,
                Moment::After => fault.has_two_moments() || fault.alters_the_body(),
                Moment::Either => false,
            };
            if !possible {
                let kind = fault.kind();
                return Err(PlanError::Moment { kind });
            }
            check_seconds(fault)
        }
        FaultPlan::Rate(rate) => {
            if !(0.0..=1.0).contains(&rate.probability) {
                return Err(PlanError::Probability);
            }
            if rate.faults.is_empty() {
                return Err(PlanError::NoFault);
            }
            rate.faults.iter().try_for_each(check_seconds)
        }
    }
}

fn check_seconds(fault: &Fault) -> Result<(), PlanError> {
    const DAY: f64 = 86_400.0;
    match fault {
        Fault::SlowBody { seconds } | Fault::StalledBody { seconds }
            if !(0.0..=DAY).contains(seconds) =>
        {
            Err(PlanError::Seconds)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "/services/data/v60.0/query";
    const WRITE: &str = "/services/data/v60.0/composite/sobjects";

    fn next(count: u32, fault: Fault) -> NextCalls {
        NextCalls {
            count,
            fault,
            moment: Moment::Before,
            calls: Calls::default(),
        }
    }

    fn rate(probability: f64, seed: u64) -> Rate {
        Rate {
            probability,
            seed,
            faults: Fault::all(),
            moment: Moment::Either,
            calls: Calls::default(),
        }
    }

    fn kinds(faults: &Faults, method: &str, path: &str, calls: usize) -> Vec<Option<Injection>> {
        (0..calls)
            .map(|_| faults.decide(&Call::new(method, path)))
            .collect()
    }

    #[test]
    fn the_next_calls_fail_and_later_ones_succeed() {
        let faults = Faults::default();
        faults.add(FaultPlan::Next(next(2, Fault::Reset))).unwrap();
        faults
            .add(FaultPlan::Next(next(1, Fault::LockedRow)))
            .unwrap();
        let kind = |method, path| {
            let injection = faults.decide(&Call::new(method, path))?;
            Some(injection.fault.kind())
        };
        assert_eq!(kind("POST", "/services/oauth2/token"), None);
        assert_eq!(kind("GET", QUERY), Some("reset"));
        assert_eq!(kind("GET", QUERY), Some("reset"));
        assert_eq!(
            kind("GET", QUERY),
            None,
            "a locked record does not affect a read"
        );
        assert_eq!(kind("POST", WRITE), Some("locked_row"));
        assert_eq!(kind("POST", WRITE), None);

        let report = faults.report();
        assert_eq!((report.calls, report.writes, report.faults), (6, 2, 3));
        assert_eq!(report.injected, [("locked_row", 1), ("reset", 2)].into());
        assert_eq!(report.plans, []);
        faults.clear();
        assert_eq!(faults.report().calls, 0);
    }

    #[test]
    fn a_seed_and_an_order_of_calls_give_the_same_faults() {
        let run = |seed| {
            let faults = Faults::default();
            faults.add(FaultPlan::Rate(rate(0.2, seed))).unwrap();
            let mut all = kinds(&faults, "GET", QUERY, 500);
            all.extend(kinds(&faults, "POST", WRITE, 500));
            all
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let injected: Vec<Injection> = run(7).into_iter().flatten().collect();
        assert!((150..250).contains(&injected.len()), "{}", injected.len());
        for fault in Fault::all() {
            assert!(
                injected.iter().any(|found| found.fault == fault),
                "{fault:?}"
            );
        }
        let resets = injected.iter().filter(|found| found.fault == Fault::Reset);
        let after = resets.clone().filter(|found| found.work_is_done).count();
        assert!(after > 0 && after < resets.count());
    }

    #[test]
    fn a_rate_of_one_always_injects_and_a_rate_of_zero_never() {
        let faults = Faults::default();
        faults.add(FaultPlan::Rate(rate(0.0, 1))).unwrap();
        assert!(
            kinds(&faults, "GET", QUERY, 100)
                .iter()
                .all(Option::is_none)
        );
        faults.add(FaultPlan::Rate(rate(1.0, 1))).unwrap();
        assert!(
            kinds(&faults, "GET", QUERY, 100)
                .iter()
                .all(Option::is_some)
        );
    }

    #[test]
    fn calls_are_processed_where_the_fault_needs_their_response() {
        for fault in Fault::all() {
            let early = Injection::new(fault.clone(), false).work_is_done;
            assert_eq!(early, fault.alters_the_body(), "{fault:?}");
            let late = Injection::new(fault.clone(), true).work_is_done;
            assert_eq!(late, early || fault.has_two_moments(), "{fault:?}");
        }
    }

    #[test]
    fn invalid_plans_are_refused() {
        let after = |fault| NextCalls {
            moment: Moment::After,
            ..next(1, fault)
        };
        for (plan, error) in [
            (FaultPlan::Rate(rate(1.5, 0)), PlanError::Probability),
            (FaultPlan::Rate(rate(f64::NAN, 0)), PlanError::Probability),
            (
                FaultPlan::Rate(Rate {
                    faults: vec![],
                    ..rate(0.5, 0)
                }),
                PlanError::NoFault,
            ),
            (
                FaultPlan::Next(next(1, Fault::SlowBody { seconds: -1.0 })),
                PlanError::Seconds,
            ),
            (
                FaultPlan::Next(after(Fault::ExpiredToken)),
                PlanError::Moment {
                    kind: "expired_token",
                },
            ),
            (
                FaultPlan::Next(NextCalls {
                    moment: Moment::Either,
                    ..next(1, Fault::Reset)
                }),
                PlanError::Moment { kind: "reset" },
            ),
        ] {
            assert_eq!(Faults::default().add(plan), Err(error));
        }
        for fault in [Fault::Reset, Fault::CutBody] {
            assert_eq!(Faults::default().add(FaultPlan::Next(after(fault))), Ok(()));
        }
    }

    #[test]
    fn the_number_of_plans_is_bounded() {
        let faults = Faults::default();
        let plan = || FaultPlan::Next(next(1, Fault::Reset));
        for _ in 0..MAX_PLANS {
            faults.add(plan()).unwrap();
        }
        assert_eq!(faults.add(plan()), Err(PlanError::TooMany));
    }

    #[test]
    fn every_fault_serializes_with_its_kind_and_back() {
        for fault in Fault::all().into_iter().chain(Fault::special()) {
            let json = serde_json::to_value(&fault).unwrap();
            assert_eq!(json["kind"], fault.kind());
            let bare = serde_json::json!({ "kind": fault.kind() });
            assert_eq!(serde_json::from_value::<Fault>(bare).unwrap(), fault);
        }
    }

    #[test]
    fn a_plan_can_leave_out_calls_first() {
        let faults = Faults::default();
        let calls = Calls {
            skip: 2,
            ..Calls::default()
        };
        let plan = NextCalls {
            calls,
            ..next(1, Fault::Reset)
        };
        faults.add(FaultPlan::Next(plan)).unwrap();
        let found = kinds(&faults, "GET", QUERY, 4);
        let struck: Vec<bool> = found.iter().map(Option::is_some).collect();
        assert_eq!(struck, [false, false, true, false]);

        let calls = Calls {
            skip: 2,
            ..Calls::default()
        };
        let plan = Rate {
            calls,
            ..rate(1.0, 1)
        };
        faults.add(FaultPlan::Rate(plan)).unwrap();
        let found = kinds(&faults, "GET", QUERY, 4);
        let struck: Vec<bool> = found.iter().map(Option::is_some).collect();
        assert_eq!(struck, [false, false, true, true]);
    }
}
