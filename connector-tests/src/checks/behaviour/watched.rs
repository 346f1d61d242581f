//! What AppFlow expects of every call. All calls of a run are watched, whichever check they are
//! made for.

use crate::checks::body::Body;
use crate::checks::{configuration, data, metadata, writes};
use crate::finding::Finding;
use crate::run::{Outcome, Run, Stop, Watched};

/// The checks that together make a call of each kind, and several kinds of calls that are refused.
const CALLERS: [&str; 15] = [
    "configuration.describes-itself",
    "configuration.settings-accepted",
    "configuration.missing-setting-refused",
    "configuration.credentials-accepted",
    "configuration.wrong-credentials-refused",
    "metadata.entities-listed",
    "metadata.entity-described",
    "metadata.unknown-entity-refused",
    "data.records-read",
    "data.unknown-entity-refused",
    "data.bad-token-refused",
    "data.filter-unknown-field-refused",
    "data.filter-malformed-refused",
    "data.retrieve-equals-query",
    "writes.insert",
];

/// Makes calls to watch, if the run has not made them yet.
async fn make_calls(run: &mut Run<'_>) -> Outcome {
    for (id, body) in callers() {
        if run.skip_reason(id).is_some() {
            continue;
        }
        // Whether these calls succeed is reported by the checks that they belong to.
        if let Err(Stop::Broken) = body(run).await {
            return Err(Stop::Broken);
        }
        run.take_note();
        run.take_warnings();
    }
    run.must_have_time()?;
    if run.watch.calls == 0 {
        return Err(Stop::not_applicable("no call was made"));
    }
    Ok(())
}

fn callers() -> impl Iterator<Item = &'static (&'static str, Body)> {
    let groups = [
        configuration::BODIES,
        metadata::BODIES,
        data::BODIES,
        writes::BODIES,
    ];
    let bodies = groups.into_iter().flatten();
    bodies.filter(|(id, _)| CALLERS.contains(id))
}

pub(super) async fn deadline_respected(run: &mut Run<'_>) -> Outcome {
    make_calls(run).await?;
    let slowest = run.watch.slowest.as_secs_f64() * 1_000.0;
    run.note(format!(
        "{} calls, the slowest {slowest:.0} ms",
        run.watch.calls
    ));
    run.watch.findings(Watched::Deadline).outcome()
}

pub(super) async fn responses_fit(run: &mut Run<'_>) -> Outcome {
    make_calls(run).await?;
    run.note(format!("the largest {} bytes", run.watch.largest));
    run.watch.findings(Watched::Size).outcome()
}

pub(super) async fn success_without_error(run: &mut Run<'_>) -> Outcome {
    make_calls(run).await?;
    run.watch.findings(Watched::SuccessWithoutError).outcome()
}

pub(super) async fn errors_explained(run: &mut Run<'_>) -> Outcome {
    make_calls(run).await?;
    if run.watch.errors == 0 {
        return Err(Stop::not_applicable("no response has an error"));
    }
    run.note(format!("{} errors", run.watch.errors));
    run.watch.findings(Watched::ErrorDetails).outcome()
}

pub(super) async fn secrets_kept(run: &mut Run<'_>) -> Outcome {
    if !run.secrets.are_known() {
        let reason = "the secret's content is not known: give it as `harness.secret`";
        return Err(Stop::not_applicable(reason));
    }
    make_calls(run).await?;
    run.note(if run.watch.saw_logs {
        "responses and logs"
    } else {
        "responses only, the target's log is not visible"
    });
    run.watch.findings(Watched::Secrets).outcome()?;
    // The part of the log that is kept for one call may be too short.
    let log = run.client.target().log().unwrap_or_default();
    if run.secrets.appear_in(&log) {
        let finding = Finding::new(
            "the log contains the connection's secret",
            "no secret in the log",
        );
        return Err(finding
            .with_response(run.secrets.around_first(&log).as_str())
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_caller_is_a_check() {
        assert_eq!(callers().count(), CALLERS.len());
    }
}
