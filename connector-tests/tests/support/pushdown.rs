//! Defects of what a connector passes on to the application: conditions that are read wrongly on
//! their way.

use appflow_connector_model::{ConnectorError, ErrorCode};
use appflow_connector_queryfilter::ast::{Between, CompareOp, Comparison, Expr, ExprKind, Literal};
use appflow_connector_queryfilter::parse;
use appflow_connector_runtime::Result;

use super::Defect;
use super::entities::{LAST_CHANGE, STATUSES};

/// Changes the conditions of a filter as the defect does, from the outermost to the inmost.
pub fn misread(expr: &mut Expr, defect: Defect) {
    if let Some(kind) = replacement(&expr.kind, defect) {
        expr.kind = kind;
        return;
    }
    match &mut expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => {
            for operand in operands {
                misread(operand, defect);
            }
        }
        ExprKind::Not(operand) => misread(operand, defect),
        _ => {}
    }
}

fn replacement(kind: &ExprKind, defect: Defect) -> Option<ExprKind> {
    match (kind, defect) {
        (ExprKind::Compare(it), _) => compared(it, defect),
        (ExprKind::Or(operands), Defect::FirstOfOr) => Some(operands[0].kind.clone()),
        (ExprKind::Or(operands), Defect::LastOfSameField) => {
            let is_same = fields(&operands[0]) == fields(&operands[1]);
            is_same.then(|| operands[1].kind.clone())
        }
        (ExprKind::And(operands), Defect::KeyAlone) => {
            let mut operands = operands.iter();
            let is_key = |operand: &&Expr| {
                matches!(&operand.kind, ExprKind::Compare(it)
                    if it.field.name == "id" && it.op == CompareOp::Equal)
            };
            Some(operands.find(is_key)?.kind.clone())
        }
        (ExprKind::And(operands), Defect::LaterBoundWins) => {
            let is_same = fields(&operands[0]) == fields(&operands[1]);
            is_same.then(|| operands[1].kind.clone())
        }
        (ExprKind::And(operands), Defect::OrInAndAsFirst) => {
            let is_or = |operand: &Expr| matches!(operand.kind, ExprKind::Or(_));
            let first = |operand: &Expr| match &operand.kind {
                ExprKind::Or(either) => either[0].clone(),
                _ => operand.clone(),
            };
            let has_or = operands.iter().any(is_or);
            has_or.then(|| ExprKind::And(operands.iter().map(first).collect()))
        }
        (ExprKind::And(operands), Defect::NotDroppedInAnd) => {
            let inner = |operand: &Expr| match &operand.kind {
                ExprKind::Not(inner) => (**inner).clone(),
                _ => operand.clone(),
            };
            let without: Vec<Expr> = operands.iter().map(inner).collect();
            (without != *operands).then_some(ExprKind::And(without))
        }
        (ExprKind::Not(operand), Defect::NotAndAsNots) => match &operand.kind {
            ExprKind::And(operands) => {
                let negated = |operand: &Expr| ExprKind::Not(Box::new(operand.clone())).into();
                Some(ExprKind::And(operands.iter().map(negated).collect()))
            }
            _ => None,
        },
        (ExprKind::Between(it), Defect::UpperBoundLost) if it.field.name == "changed" => {
            let Literal::DateTime(low) = &it.low.literal else {
                return None;
            };
            Some(read(&format!("changed >= {low}")))
        }
        (ExprKind::Between(it), Defect::WindowInFutureRefused) => {
            let Literal::DateTime(high) = &it.high.literal else {
                return None;
            };
            (it.field.name == "changed" && high.as_str() > LAST_CHANGE).then(nothing)
        }
        (ExprKind::In(it), Defect::UnknownInFindsAll) if it.field.name == "status" => {
            let is_known = |text: &str| STATUSES.contains(&text);
            let has_known = it.values.iter().any(|value| match &value.literal {
                Literal::String(text) => is_known(text),
                _ => false,
            });
            (!has_known).then(everything)
        }
        _ => None,
    }
}

/// A comparison of a field, changed.
fn compared(it: &Comparison, defect: Defect) -> Option<ExprKind> {
    let text = |op: &str| {
        let Literal::DateTime(moment) = &it.value.literal else {
            return None;
        };
        (it.field.name == "changed").then(|| format!("changed {op} {moment}"))
    };
    match (defect, it.op) {
        (Defect::BeforeAsSince, CompareOp::Less)
        | (Defect::AfterAsSince, CompareOp::Greater)
        | (Defect::EqualAsSince, CompareOp::Equal) => Some(read(&text(">=")?)),
        (Defect::BeforeAsSinceAndChecked, CompareOp::Less) => {
            Some(read(&format!("{} and {}", text(">=")?, text("<")?)))
        }
        (Defect::SinceExclusive, CompareOp::GreaterOrEqual) => Some(read(&text(">")?)),
        (Defect::UntilExclusive, CompareOp::LessOrEqual) => Some(read(&text("<")?)),
        (Defect::FalseFindsAll, CompareOp::Equal)
            if it.value.literal == Literal::Boolean(false) =>
        {
            Some(everything())
        }
        (Defect::ChoiceInAnyCase, CompareOp::Equal) if it.field.name == "status" => {
            let Literal::String(text) = &it.value.literal else {
                return None;
            };
            Some(read(&format!("status = '{}'", text.to_lowercase())))
        }
        (Defect::ChoicesSplit, CompareOp::Equal) if it.field.name == "status" => {
            let Literal::String(text) = &it.value.literal else {
                return None;
            };
            let values: Vec<String> = text.split(',').map(|text| format!("'{text}'")).collect();
            Some(read(&format!("status in ({})", values.join(", "))))
        }
        (Defect::NoOwnerFindsAll, CompareOp::Equal)
            if it.field.name == "owner_id" && it.value.literal == Literal::Null =>
        {
            Some(everything())
        }
        _ => None,
    }
}

/// Refuses what the application refuses: the connector passes it on unchecked.
pub fn check(expr: &Expr, defect: Defect) -> Result<()> {
    match &expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => operands
            .iter()
            .try_for_each(|operand| check(operand, defect)),
        ExprKind::Not(operand) => check(operand, defect),
        ExprKind::Compare(Comparison { field, op, value }) => match (defect, &value.literal) {
            (Defect::UnknownChoiceRefused, Literal::String(text))
                if field.name == "status"
                    && *op != CompareOp::Contains
                    && !STATUSES.contains(&text.as_str()) =>
            {
                let problem = format!("`{text}` is not a valid status");
                Err(ConnectorError::invalid_argument(problem))
            }
            (Defect::UnknownKeyNotFound, Literal::String(text))
                if field.name == "id" && *op == CompareOp::Equal && is_unknown(text) =>
            {
                let code = ErrorCode::ResourceNotFoundError;
                Err(ConnectorError::new(code, format!("{text} does not exist")))
            }
            _ => Ok(()),
        },
        ExprKind::In(it) => it.values.iter().try_for_each(|value| {
            let comparison = Comparison {
                field: it.field.clone(),
                op: CompareOp::NotEqual,
                value: value.clone(),
            };
            check(&ExprKind::Compare(comparison).into(), defect)
        }),
        _ => Ok(()),
    }
}

fn is_unknown(id: &str) -> bool {
    id.strip_prefix("item-")
        .is_none_or(|number| number.parse::<usize>().is_ok_and(|it| it > 2_000))
}

fn fields(expr: &Expr) -> &str {
    match &expr.kind {
        ExprKind::Compare(it) => &it.field.name,
        ExprKind::Between(Between { field, .. }) => &field.name,
        ExprKind::In(it) => &it.field.name,
        _ => "",
    }
}

fn everything() -> ExprKind {
    read("id != ''")
}

fn nothing() -> ExprKind {
    read("id = ''")
}

fn read(text: &str) -> ExprKind {
    parse(text).unwrap().predicate.unwrap().kind
}
