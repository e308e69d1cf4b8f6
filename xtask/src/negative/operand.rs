//! One side of a comparison in a check, as PostgreSQL prints it.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value};

/// What a comparison compares, casts left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A column; for a domain's check `value`.
    Column(String),
    /// How many characters a column has.
    Length(String),
    /// The kind of JSON that a column holds.
    JsonKind(String),
    /// A constant.
    Literal(String),
    /// The constants of an array.
    Literals(Vec<String>),
    /// Something else.
    Other,
}

impl Operand {
    /// Reads an expression.
    pub fn of(expression: &Expr) -> Operand {
        match expression {
            Expr::Nested(inner) => Operand::of(inner),
            Expr::Cast { expr, .. } => Operand::of(expr),
            // Whether a text is empty or one of a list is the same question without its blanks.
            Expr::Trim { expr, .. } => Operand::of(expr),
            Expr::Identifier(name) => Operand::Column(name.value.clone()),
            Expr::Value(value) => literal(&value.value),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => match Operand::of(expr) {
                Operand::Literal(number) => Operand::Literal(format!("-{number}")),
                _ => Operand::Other,
            },
            Expr::Array(array) => literals(&array.elem),
            Expr::Function(function) => of_function(function),
            _ => Operand::Other,
        }
    }
}

/// The items of a list, where all are constants.
fn literals(items: &[Expr]) -> Operand {
    let literal = |item| match Operand::of(item) {
        Operand::Literal(text) => Some(text),
        _ => None,
    };
    let all: Option<Vec<String>> = items.iter().map(literal).collect();
    all.map_or(Operand::Other, Operand::Literals)
}

fn literal(value: &Value) -> Operand {
    match value {
        Value::Number(text, _)
        | Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::NationalStringLiteral(text) => Operand::Literal(text.clone()),
        Value::Boolean(value) => Operand::Literal(value.to_string()),
        _ => Operand::Other,
    }
}

fn of_function(function: &Function) -> Operand {
    let FunctionArguments::List(list) = &function.args else {
        return Operand::Other;
    };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = list.args.as_slice() else {
        return Operand::Other;
    };
    let Operand::Column(column) = Operand::of(argument) else {
        return Operand::Other;
    };
    match function.name.to_string().to_ascii_lowercase().as_str() {
        "length" | "char_length" | "character_length" => Operand::Length(column),
        "jsonb_typeof" | "json_typeof" => Operand::JsonKind(column),
        "lower" | "upper" | "btrim" | "ltrim" | "rtrim" => Operand::Column(column),
        _ => Operand::Other,
    }
}
