//! The times at which a scheduled flow runs.

use super::cron::Cron;
use super::rate::Rate;
use crate::appflow::flows::definition::{ScheduledTriggerProperties, TriggerConfig};
use crate::wire::timestamp::Timestamp;

/// A flow's schedule, in UTC.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    expression: Expression,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum Expression {
    Rate(Rate),
    Cron(Box<Cron>),
}

impl Schedule {
    /// Reads `rate(5minutes)`, `rate(5 minutes)` or `cron(0 12 * * ? *)`. No run is before `start`
    /// or after `end`; a run can be at either.
    ///
    /// # Errors
    ///
    /// What is wrong with the expression or the two times.
    pub(crate) fn new(
        expression: &str,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Result<Self, String> {
        let parsed = Expression::parse(expression)
            .map_err(|reason| format!("Invalid schedule expression {expression}: {reason}"))?;
        if let (Some(start), Some(end)) = (start, end)
            && end <= start
        {
            return Err("The schedule end time must be after the schedule start time".to_owned());
        }
        Ok(Self {
            expression: parsed,
            start,
            end,
        })
    }

    /// Reads a flow's schedule.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub(crate) fn of(properties: &ScheduledTriggerProperties) -> Result<Self, String> {
        Self::new(
            &properties.schedule_expression,
            properties.schedule_start_time,
            properties.schedule_end_time,
        )
    }

    /// Returns the scheduled time of the run that is due at `now`, if one is.
    ///
    /// It is the latest of those that came after `done`, the scheduled time of the last run, and
    /// not before `activated`: times that were missed in between become one run.
    pub(crate) fn due(
        &self,
        activated: Timestamp,
        done: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let until = self.end.map_or(now, |end| end.min(now));
        let last = match &self.expression {
            Expression::Rate(rate) => rate.last_until(self.start.unwrap_or(activated), until),
            Expression::Cron(cron) => cron.last_until(until),
        }?;
        let is_due = last >= self.begin(activated) && done.is_none_or(|done| last > done);
        is_due.then_some(last)
    }

    /// Returns the first scheduled time after `now` at which a run can become due.
    pub(crate) fn next(
        &self,
        activated: Timestamp,
        done: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let begin = self.begin(activated);
        let after = done.map_or(now, |done| done.max(now));
        let next_after = |moment| match &self.expression {
            Expression::Rate(rate) => rate.next_after(self.start.unwrap_or(activated), moment),
            Expression::Cron(cron) => cron.next_after(moment),
        };
        let next = if after < begin {
            // A time at `begin` itself counts.
            next_after(Timestamp::from_millis(begin.millis().saturating_sub(1)))
        } else {
            next_after(after)
        };
        next.filter(|next| self.end.is_none_or(|end| *next <= end))
    }

    fn begin(&self, activated: Timestamp) -> Timestamp {
        self.start.map_or(activated, |start| start.max(activated))
    }
}

/// Checks a flow's trigger: a scheduled one needs a valid schedule.
///
/// # Errors
///
/// The text for the brackets of `Create Flow request failed: […]`.
pub(crate) fn check(trigger: &TriggerConfig) -> Result<(), String> {
    if trigger.trigger_type != "Scheduled" {
        return Ok(());
    }
    let properties = trigger.trigger_properties.as_ref();
    let scheduled = properties
        .and_then(|properties| properties.scheduled.as_ref())
        .ok_or("TriggerProps is required for Scheduled Trigger Type.")?;
    Schedule::of(scheduled).map(drop)
}

impl Expression {
    fn parse(text: &str) -> Result<Self, String> {
        let within = |name: &str| {
            let rest = text.trim().strip_prefix(name)?;
            rest.strip_prefix('(')?.strip_suffix(')')
        };
        if let Some(rate) = within("rate") {
            Rate::parse(rate).map(Self::Rate).ok_or_else(|| {
                "a rate is a whole number from 1 and minutes, hours, days, weeks or months, such \
                 as rate(5minutes)"
                    .to_owned()
            })
        } else if let Some(cron) = within("cron") {
            Cron::parse(cron).map(Box::new).map(Self::Cron)
        } else {
            Err("an expression is rate(…) or cron(…)".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::timestamp::at;

    fn schedule(expression: &str, start: Option<&str>, end: Option<&str>) -> Schedule {
        Schedule::new(expression, start.map(at), end.map(at)).unwrap()
    }

    const NOON: &str = "2026-01-01T12:00:00Z";

    #[test]
    fn without_a_start_a_rate_runs_on_activation() {
        let schedule = schedule("rate(1hours)", None, None);
        assert_eq!(schedule.due(at(NOON), None, at(NOON)), Some(at(NOON)));
        let done = Some(at(NOON));
        assert_eq!(
            schedule.due(at(NOON), done, at("2026-01-01T12:59:59Z")),
            None
        );
        assert_eq!(
            schedule.next(at(NOON), done, at("2026-01-01T12:59:59Z")),
            Some(at("2026-01-01T13:00:00Z"))
        );
    }

    #[test]
    fn a_start_in_the_past_gives_the_phase() {
        let schedule = schedule("rate(1hours)", Some("2025-01-01T00:20:00Z"), None);
        assert_eq!(schedule.due(at(NOON), None, at(NOON)), None);
        assert_eq!(
            schedule.next(at(NOON), None, at(NOON)),
            Some(at("2026-01-01T12:20:00Z"))
        );
    }

    #[test]
    fn nothing_is_due_before_the_start() {
        let start = "2026-01-02T00:00:00Z";
        for expression in ["rate(1hours)", "cron(0 * * * ? *)"] {
            let schedule = schedule(expression, Some(start), None);
            assert_eq!(
                schedule.due(at(NOON), None, at("2026-01-01T23:59:59Z")),
                None
            );
            assert_eq!(
                schedule.next(at(NOON), None, at(NOON)),
                Some(at(start)),
                "{expression}"
            );
            assert_eq!(schedule.due(at(NOON), None, at(start)), Some(at(start)));
        }
    }

    #[test]
    fn the_end_bounds_the_runs() {
        let end = "2026-01-01T14:00:00Z";
        let schedule = schedule("rate(1hours)", None, Some(end));
        let late = at("2026-01-05T00:00:00Z");
        assert_eq!(schedule.due(at(NOON), None, late), Some(at(end)));
        assert_eq!(schedule.due(at(NOON), Some(at(end)), late), None);
        assert_eq!(schedule.next(at(NOON), Some(at(end)), late), None);
        assert_eq!(
            schedule.next(at(NOON), None, at("2026-01-01T13:59:59Z")),
            Some(at(end))
        );
    }

    #[test]
    fn missed_times_become_one_run() {
        let schedule = schedule("rate(5minutes)", None, None);
        let now = at("2026-01-01T13:02:00Z");
        let due = schedule.due(at(NOON), Some(at(NOON)), now);
        assert_eq!(due, Some(at("2026-01-01T13:00:00Z")));
        assert_eq!(schedule.due(at(NOON), due, now), None);
    }

    #[test]
    fn a_clock_that_goes_back_repeats_no_run() {
        let schedule = schedule("cron(0 * * * ? *)", None, None);
        let done = Some(at("2026-01-01T15:00:00Z"));
        let earlier = at("2026-01-01T13:30:00Z");
        assert_eq!(schedule.due(at(NOON), done, earlier), None);
        assert_eq!(
            schedule.next(at(NOON), done, earlier),
            Some(at("2026-01-01T16:00:00Z"))
        );
    }

    #[test]
    fn a_new_activation_skips_what_was_missed_before_it() {
        let schedule = schedule("cron(0 * * * ? *)", None, None);
        let activated = at("2026-01-01T15:30:00Z");
        assert_eq!(schedule.due(activated, Some(at(NOON)), activated), None);
        assert_eq!(
            schedule.next(activated, Some(at(NOON)), activated),
            Some(at("2026-01-01T16:00:00Z"))
        );
    }

    #[test]
    fn a_scheduled_trigger_needs_a_schedule() {
        let checked = |trigger| check(&serde_json::from_value(trigger).unwrap());
        assert_eq!(checked(json!({"triggerType": "OnDemand"})), Ok(()));
        let without = json!({"triggerType": "Scheduled", "triggerProperties": {}});
        assert_eq!(
            checked(without).unwrap_err(),
            "TriggerProps is required for Scheduled Trigger Type."
        );
        let scheduled = |properties| {
            checked(json!({
                "triggerType": "Scheduled", "triggerProperties": {"Scheduled": properties},
            }))
        };
        assert_eq!(
            scheduled(json!({
                "scheduleExpression": "rate(5minutes)",
                "scheduleStartTime": 1_767_225_600.5, "scheduleEndTime": 1_767_225_601,
            })),
            Ok(())
        );
        assert_eq!(
            scheduled(json!({
                "scheduleExpression": "rate(5minutes)",
                "scheduleStartTime": 1_767_225_600, "scheduleEndTime": 1_767_225_600,
            })),
            Err("The schedule end time must be after the schedule start time".to_owned())
        );
    }

    #[test]
    fn invalid_schedules_say_why() {
        let error = |text: &str| Schedule::new(text, None, None).unwrap_err();
        assert_eq!(
            error("every 5 minutes"),
            "Invalid schedule expression every 5 minutes: an expression is rate(…) or cron(…)"
        );
        assert!(error("rate(0minutes)").contains("a whole number from 1"));
        assert!(error("cron(0 12 * * ?)").contains("six fields"));
        let both = Some(at(NOON));
        assert!(Schedule::new("rate(1days)", both, both).is_err());
    }
}
