//! The expressions of checks: lists, ranges, lengths and kinds of JSON, as PostgreSQL prints them.

use sqlparser::ast::{
    BinaryOperator as Op, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget, UnaryOperator,
    Value,
};

use super::checks::{Demands, JsonKind, Limit};
use super::constant::elements;

/// Reads one check of one column.
pub(super) struct Reader<'a> {
    pub column: &'a str,
    pub constraint: &'a str,
    pub demands: &'a mut Demands,
}

impl Reader<'_> {
    /// Whether all of the expression is understood; what is, counts in any case.
    pub fn read(&mut self, expression: &Expr) -> bool {
        match bare(expression) {
            Expr::BinaryOp {
                left,
                op: Op::And,
                right,
            } => self.read(left) & self.read(right),
            Expr::BinaryOp {
                left,
                op: Op::Or,
                right,
            } if self.is_null(left) => self.read(right),
            Expr::BinaryOp {
                left,
                op: Op::Or,
                right,
            } if self.is_null(right) => self.read(left),
            Expr::IsNotNull(column) if self.is_column(column) => {
                self.demands.refuses_null = true;
                true
            }
            other => {
                if let Some(words) = self.words(other) {
                    self.demands.allow(words, self.constraint);
                    return true;
                }
                match other {
                    Expr::BinaryOp { left, op, right } => {
                        self.compare(left, op, right)
                            || flipped(op).is_some_and(|op| self.compare(right, &op, left))
                    }
                    _ => false,
                }
            }
        }
    }

    /// `x = ANY (ARRAY['a', 'b'])`, `x IN ('a', 'b')`, `x = 'a'`, one or the other; `x <@ ARRAY['a', 'b']`.
    fn words(&self, expression: &Expr) -> Option<Vec<String>> {
        match bare(expression) {
            Expr::AnyOp {
                left,
                compare_op: Op::Eq,
                right,
                ..
            } if self.is_column(left) => array(right),
            Expr::In {
                expr,
                target: InTarget::List(list),
                negated: false,
                ..
            } if self.is_column(expr) => list.iter().map(literal).collect(),
            Expr::BinaryOp {
                left,
                op: Op::ArrowAt,
                right,
            } if self.is_column(left) => array(right),
            Expr::BinaryOp {
                left,
                op: Op::Eq,
                right,
            } if self.is_column(left) => Some(vec![literal(right)?]),
            Expr::BinaryOp {
                left,
                op: Op::Or,
                right,
            } => {
                let mut words = self.words(left)?;
                words.extend(self.words(right)?);
                Some(words)
            }
            _ => None,
        }
    }

    fn compare(&mut self, left: &Expr, op: &Op, right: &Expr) -> bool {
        let Some(literal) = literal(right) else {
            return false;
        };
        if self.is_column(left) && *op == Op::PGRegexMatch {
            self.demands.patterns.push(literal);
            false
        } else if self.is_column(left) {
            self.bound(op, &literal)
        } else if self.is_length(left) {
            literal.parse().is_ok_and(|length| self.bound_length(op, length))
        } else if self.is_kind_of_json(left) && *op == Op::Eq {
            self.demands.json = match literal.as_str() {
                "array" => Some(JsonKind::Array),
                "object" => Some(JsonKind::Object),
                _ => return false,
            };
            true
        } else {
            false
        }
    }

    fn bound(&mut self, op: &Op, literal: &str) -> bool {
        if *op == Op::NotEq && literal.is_empty() {
            self.demands.shortest = self.demands.shortest.max(1);
            return true;
        }
        let Some(value) = literal.parse().ok().filter(|value: &f64| value.is_finite()) else {
            return false;
        };
        let limit = Limit {
            value,
            strict: matches!(op, Op::Gt | Op::Lt),
            constraint: self.constraint.to_owned(),
        };
        match op {
            Op::Gt | Op::GtEq => self.demands.raise(limit),
            Op::Lt | Op::LtEq => self.demands.lower(limit),
            _ => return false,
        }
        true
    }

    fn bound_length(&mut self, op: &Op, length: u32) -> bool {
        let (least, most) = match op {
            Op::Gt => (length.saturating_add(1), u32::MAX),
            Op::GtEq => (length, u32::MAX),
            Op::Lt => (0, length.saturating_sub(1)),
            Op::LtEq => (0, length),
            Op::Eq => (length, length),
            Op::NotEq if length == 0 => (1, u32::MAX),
            _ => return false,
        };
        self.demands.shortest = self.demands.shortest.max(least);
        if most < u32::MAX {
            self.demands.longest = Some(self.demands.longest.map_or(most, |longest| longest.min(most)));
        }
        true
    }

    fn is_null(&self, expression: &Expr) -> bool {
        matches!(bare(expression), Expr::IsNull(column) if self.is_column(column))
    }

    /// The column, or what stands for it in a domain's check.
    fn is_column(&self, expression: &Expr) -> bool {
        match bare(expression) {
            Expr::Identifier(name) => {
                name.value == self.column || name.quote_style.is_none() && name.value == "VALUE"
            }
            _ => false,
        }
    }

    fn is_length(&self, expression: &Expr) -> bool {
        let names = ["length", "char_length", "character_length"];
        let trimmed = |inner: &Expr| match bare(inner) {
            Expr::Trim { expr, .. } => self.is_column(expr),
            other => call(other, &["btrim", "trim"]).is_some_and(|inner| self.is_column(inner)),
        };
        call(bare(expression), &names).is_some_and(|inner| self.is_column(inner) || trimmed(inner))
    }

    fn is_kind_of_json(&self, expression: &Expr) -> bool {
        call(bare(expression), &["jsonb_typeof", "json_typeof"]).is_some_and(|inner| self.is_column(inner))
    }
}

/// Without brackets and casts.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => bare(inner),
        other => other,
    }
}

/// The only argument of a call of one of these functions.
fn call<'e>(expression: &'e Expr, names: &[&str]) -> Option<&'e Expr> {
    let Expr::Function(function) = expression else {
        return None;
    };
    let name = function.name.to_string().to_ascii_lowercase();
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(only))] if names.contains(&name.as_str()) => Some(only),
        _ => None,
    }
}

fn literal(expression: &Expr) -> Option<String> {
    match bare(expression) {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text.clone()),
            Value::Number(number, _) => Some(number.clone()),
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => Some(format!("-{}", literal(expr)?)),
        _ => None,
    }
}

fn array(expression: &Expr) -> Option<Vec<String>> {
    match bare(expression) {
        Expr::Array(array) => array.elem.iter().map(literal).collect(),
        other => elements(&literal(other)?),
    }
}

/// The operator that says the same with its sides exchanged.
fn flipped(op: &Op) -> Option<Op> {
    Some(match op {
        Op::Gt => Op::Lt,
        Op::Lt => Op::Gt,
        Op::GtEq => Op::LtEq,
        Op::LtEq => Op::GtEq,
        Op::Eq => Op::Eq,
        Op::NotEq => Op::NotEq,
        _ => return None,
    })
}
