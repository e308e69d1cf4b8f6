//! Whom an expression of a policy lets through whatever the row holds.

use sqlparser::ast::{BinaryOperator, Expr, Query, SelectItem, SetExpr, UnaryOperator, Value};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// Whom an expression lets through without a look at the row; the later, the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Openness {
    /// Nobody for certain: it asks for something.
    Asks,
    /// Everyone who is signed in, as with `auth.uid() is not null`.
    SignedIn,
    /// Everyone.
    Always,
}

impl Openness {
    /// Reads an expression as PostgreSQL prints it. A form that is not known asks for something, so that no policy is
    /// called open that is not.
    pub fn of(expression: &str) -> Openness {
        let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(expression);
        parser
            .and_then(|mut parser| parser.parse_expr())
            .map_or(Openness::Asks, |expression| judge(&expression))
    }

    /// Whether it lets this role of the API through.
    pub fn is_open_to(self, role: &str) -> bool {
        self == Openness::Always || (self == Openness::SignedIn && role == "authenticated")
    }
}

fn judge(expression: &Expr) -> Openness {
    match bare(expression) {
        Expr::Value(value) if value.value == Value::Boolean(true) => Openness::Always,
        Expr::IsTrue(inner) => judge(inner),
        Expr::IsNotNull(inner) if is_call(bare(inner), &["auth.uid", "auth.jwt"]) => Openness::SignedIn,
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } if is_false(bare(expr)) => Openness::Always,
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => judge(left).min(judge(right)),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Or,
            right,
        } => judge(left).max(judge(right)),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => equal(bare(left), bare(right)),
        Expr::AnyOp {
            left,
            compare_op: BinaryOperator::Eq,
            right,
            ..
        } if is_role(bare(left)) => match bare(right) {
            Expr::Array(array) => of_roles(&array.elem),
            _ => Openness::Asks,
        },
        _ => Openness::Asks,
    }
}

fn equal(left: &Expr, right: &Expr) -> Openness {
    match (text(left), text(right)) {
        (Some(left), Some(right)) if left == right => Openness::Always,
        (None, Some(role)) if is_role(left) && role == "authenticated" => Openness::SignedIn,
        (Some(role), None) if is_role(right) && role == "authenticated" => Openness::SignedIn,
        // A column compared with itself, mostly by mistake.
        (None, None) if left == right => Openness::Always,
        _ => Openness::Asks,
    }
}

fn of_roles(items: &[Expr]) -> Openness {
    let has = |role| items.iter().any(|item| text(bare(item)) == Some(role));
    match (has("anon"), has("authenticated")) {
        (true, true) => Openness::Always,
        (false, true) => Openness::SignedIn,
        _ => Openness::Asks,
    }
}

/// The expression without brackets, casts and a `select` around it.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) => bare(inner),
        Expr::Cast { expr, .. } => bare(expr),
        Expr::Subquery(query) => selected(query).map_or(expression, bare),
        _ => expression,
    }
}

/// What a query without tables gives.
fn selected(query: &Query) -> Option<&Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(one) | SelectItem::ExprWithAlias { expr: one, .. }]
            if select.from.is_empty() && select.selection.is_none() =>
        {
            Some(one)
        }
        _ => None,
    }
}

/// A constant, as text.
fn text(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::Number(text, _) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn is_false(expression: &Expr) -> bool {
    matches!(expression, Expr::Value(value) if value.value == Value::Boolean(false))
}

/// Whether it gives the database role of the caller.
fn is_role(expression: &Expr) -> bool {
    match expression {
        Expr::BinaryOp { left, right, .. } => {
            is_call(bare(left), &["auth.jwt"]) && text(bare(right)) == Some("role")
        }
        _ => is_call(expression, &["auth.role", "current_user", "current_role"]),
    }
}

fn is_call(expression: &Expr, names: &[&str]) -> bool {
    match expression {
        Expr::Function(function) => names.contains(&function.name.to_string().to_lowercase().as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: Openness) {
        assert_eq!(Openness::of(expression), expected, "{expression}");
    }

    #[test]
    fn what_asks_for_nothing_is_always_true() {
        for expression in [
            "true",
            "(true)",
            "( SELECT true AS bool)",
            "(1 = 1)",
            "(NOT false)",
            "(true OR (user_id = auth.uid()))",
            "('a'::text = 'a'::text)",
            "(organization_id = organization_id)",
            "(auth.role() = ANY (ARRAY['anon'::text, 'authenticated'::text]))",
        ] {
            check(expression, Openness::Always);
        }
    }

    #[test]
    fn signed_in_is_said_in_many_words() {
        for expression in [
            "(auth.uid() IS NOT NULL)",
            "(( SELECT auth.uid() AS uid) IS NOT NULL)",
            "(auth.role() = 'authenticated'::text)",
            "('authenticated'::text = ( SELECT auth.role() AS role))",
            "((auth.jwt() ->> 'role'::text) = 'authenticated'::text)",
            "(CURRENT_USER = 'authenticated'::name)",
            "((auth.role() = 'authenticated'::text) AND true)",
            "(auth.role() = ANY (ARRAY['authenticated'::text, 'service_role'::text]))",
        ] {
            check(expression, Openness::SignedIn);
        }
    }

    #[test]
    fn what_looks_at_the_row_or_the_caller_asks() {
        for expression in [
            "false",
            "(user_id = auth.uid())",
            "(auth.uid() = user_id)",
            "((auth.uid() IS NOT NULL) AND (user_id = auth.uid()))",
            "(auth.role() = 'service_role'::text)",
            "((auth.jwt() ->> 'role'::text) = 'admin'::text)",
            "(EXISTS ( SELECT 1 FROM members WHERE (members.user_id = auth.uid())))",
            "(( SELECT private.sales_id() AS sales_id) IS NOT NULL)",
            "(NOT (user_id = auth.uid()))",
            "( SELECT true AS bool FROM members)",
            "not to be read (",
        ] {
            check(expression, Openness::Asks);
        }
    }
}
