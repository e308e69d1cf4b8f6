//! What a column can hold: PostgreSQL's types followed through domains and arrays to the kinds that a plan knows.

use std::collections::HashMap;

use seed_core::catalog::ColumnType;
use tokio_postgres::types::Type;

/// PostgreSQL keeps the length of `varchar(n)` and the size of `numeric(p, s)` four higher than written.
const MODIFIER_OFFSET: i32 = 4;

/// One row of `pg_type`.
#[derive(Debug, Clone, Default)]
pub struct TypeRow {
    /// Its number.
    pub oid: u32,
    /// Its name, without schema.
    pub name: String,
    /// Whether it is a domain.
    pub is_domain: bool,
    /// What a domain stands on, 0 for others.
    pub base_oid: u32,
    /// The modifier that a domain gives to what it stands on, -1 for none.
    pub base_modifier: i32,
    /// Whether a domain refuses null.
    pub not_null: bool,
    /// The default of a domain.
    pub default: Option<String>,
    /// What an array holds, 0 for others.
    pub element_oid: u32,
    /// As `format_type` prints it.
    pub printed: String,
    /// With its schema, quoted where needed.
    pub qualified_name: String,
    /// Labels of an enum.
    pub labels: Option<Vec<String>>,
    /// Name and expression of each check of a domain.
    pub checks: Vec<(String, String)>,
}

/// A column's type at the bottom of its domains.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// What it can hold.
    pub kind: ColumnType,
    /// Oid of the base type.
    pub oid: u32,
    /// Whether a domain on the way refuses null.
    pub not_null: bool,
    /// The default of the outermost domain that has one.
    pub default: Option<String>,
    /// The checks of all domains on the way.
    pub checks: Vec<(String, String)>,
}

/// The types that the columns of a database are made of.
pub struct Types(HashMap<u32, TypeRow>);

impl Types {
    /// Collects them.
    pub fn new(rows: impl Iterator<Item = TypeRow>) -> Types {
        Types(rows.map(|row| (row.oid, row)).collect())
    }

    /// Follows the type `oid` with the column's `modifier` through its domains.
    pub fn resolve(&self, oid: u32, modifier: i32) -> Resolved {
        let (mut oid, mut modifier) = (oid, modifier);
        let mut resolved = Resolved::default();
        while let Some(domain) = self.0.get(&oid).filter(|row| row.is_domain) {
            resolved.not_null |= domain.not_null;
            resolved.default = resolved.default.or_else(|| domain.default.clone());
            resolved.checks.extend(domain.checks.iter().cloned());
            (oid, modifier) = (domain.base_oid, domain.base_modifier);
        }
        Resolved {
            oid,
            kind: self.kind(oid, modifier),
            ..resolved
        }
    }

    fn kind(&self, oid: u32, modifier: i32) -> ColumnType {
        let Some(row) = self.0.get(&oid) else {
            return ColumnType::Unknown;
        };
        if row.element_oid != 0 {
            let element = self.resolve(row.element_oid, modifier);
            return ColumnType::Array {
                element: Box::new(element.kind),
                element_oid: element.oid,
            };
        }
        if let Some(labels) = &row.labels {
            return ColumnType::Enum {
                name: row.qualified_name.clone(),
                labels: labels.clone(),
            };
        }
        match Type::from_oid(oid) {
            Some(known) => {
                built_in(&known, modifier).unwrap_or_else(|| ColumnType::Other(row.printed.clone()))
            }
            None if row.name == "citext" => ColumnType::Text { max_length: None },
            None => ColumnType::Other(row.printed.clone()),
        }
    }
}

fn built_in(known: &Type, modifier: i32) -> Option<ColumnType> {
    Some(match *known {
        Type::BOOL => ColumnType::Boolean,
        Type::INT2 => ColumnType::SmallInt,
        Type::INT4 => ColumnType::Integer,
        Type::INT8 => ColumnType::BigInt,
        Type::FLOAT4 => ColumnType::Real,
        Type::FLOAT8 => ColumnType::Double,
        Type::NUMERIC => numeric(modifier),
        Type::TEXT => ColumnType::Text { max_length: None },
        Type::VARCHAR | Type::BPCHAR => ColumnType::Text {
            max_length: u32::try_from(modifier - MODIFIER_OFFSET).ok(),
        },
        Type::NAME => ColumnType::Text { max_length: Some(63) },
        Type::UUID => ColumnType::Uuid,
        Type::DATE => ColumnType::Date,
        Type::TIME => ColumnType::Time,
        Type::TIMESTAMP => ColumnType::Timestamp,
        Type::TIMESTAMPTZ => ColumnType::TimestampTz,
        Type::INTERVAL => ColumnType::Interval,
        Type::JSON => ColumnType::Json,
        Type::JSONB => ColumnType::Jsonb,
        Type::BYTEA => ColumnType::Bytea,
        Type::INET | Type::CIDR => ColumnType::Inet,
        _ => return None,
    })
}

/// The modifier holds the precision in its upper half and the scale, which may be negative, in its lowest 11 bits.
fn numeric(modifier: i32) -> ColumnType {
    let Ok(packed) = u32::try_from(modifier - MODIFIER_OFFSET) else {
        return ColumnType::Numeric {
            precision: None,
            scale: None,
        };
    };
    let scale = ((packed & 0x7ff) as i32 ^ 0x400) - 0x400;
    ColumnType::Numeric {
        precision: u16::try_from(packed >> 16).ok(),
        scale: u16::try_from(scale.max(0)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> Types {
        let plain = |known: Type| TypeRow {
            oid: known.oid(),
            name: known.name().into(),
            ..TypeRow::default()
        };
        Types::new(
            [
                plain(Type::TEXT),
                plain(Type::VARCHAR),
                plain(Type::NUMERIC),
                TypeRow {
                    element_oid: Type::VARCHAR.oid(),
                    ..plain(Type::VARCHAR_ARRAY)
                },
                TypeRow {
                    printed: "money".into(),
                    ..plain(Type::MONEY)
                },
                TypeRow {
                    oid: 70_000,
                    name: "citext".into(),
                    ..TypeRow::default()
                },
                TypeRow {
                    oid: 70_001,
                    qualified_name: "public.stage".into(),
                    labels: Some(vec!["new".into(), "won".into()]),
                    ..TypeRow::default()
                },
                TypeRow {
                    oid: 70_002,
                    is_domain: true,
                    base_oid: Type::VARCHAR.oid(),
                    base_modifier: 54,
                    not_null: true,
                    default: Some("'x'::text".into()),
                    checks: vec![("short_check".into(), "(length(VALUE) > 1)".into())],
                    ..TypeRow::default()
                },
                TypeRow {
                    oid: 70_003,
                    is_domain: true,
                    base_oid: 70_002,
                    base_modifier: -1,
                    checks: vec![("outer_check".into(), "(VALUE <> 'a')".into())],
                    ..TypeRow::default()
                },
            ]
            .into_iter(),
        )
    }

    #[track_caller]
    fn check(oid: u32, modifier: i32, expected: ColumnType) {
        assert_eq!(types().resolve(oid, modifier).kind, expected);
    }

    #[test]
    fn a_type_is_read_with_its_modifier() {
        check(Type::TEXT.oid(), -1, ColumnType::Text { max_length: None });
        check(Type::VARCHAR.oid(), 84, ColumnType::Text { max_length: Some(80) });
        check(Type::VARCHAR.oid(), -1, ColumnType::Text { max_length: None });
        check(
            Type::NUMERIC.oid(),
            -1,
            ColumnType::Numeric {
                precision: None,
                scale: None,
            },
        );
        check(
            Type::NUMERIC.oid(),
            (12 << 16) + 2 + 4,
            ColumnType::Numeric {
                precision: Some(12),
                scale: Some(2),
            },
        );
        check(
            Type::NUMERIC.oid(),
            (5 << 16) + 0x7fe + 4,
            ColumnType::Numeric {
                precision: Some(5),
                scale: Some(0),
            },
        );
        check(70_000, -1, ColumnType::Text { max_length: None });
        check(Type::MONEY.oid(), -1, ColumnType::Other("money".into()));
    }

    #[test]
    fn an_array_names_its_element() {
        let element = Box::new(ColumnType::Text { max_length: Some(20) });
        check(
            Type::VARCHAR_ARRAY.oid(),
            24,
            ColumnType::Array {
                element,
                element_oid: Type::VARCHAR.oid(),
            },
        );
    }

    #[test]
    fn an_enum_keeps_its_labels_in_order() {
        let labels = vec!["new".into(), "won".into()];
        check(
            70_001,
            -1,
            ColumnType::Enum {
                name: "public.stage".into(),
                labels,
            },
        );
    }

    #[test]
    fn domains_are_followed_to_their_base() {
        assert_eq!(
            types().resolve(70_003, -1),
            Resolved {
                kind: ColumnType::Text { max_length: Some(50) },
                oid: Type::VARCHAR.oid(),
                not_null: true,
                default: Some("'x'::text".into()),
                checks: vec![
                    ("outer_check".into(), "(VALUE <> 'a')".into()),
                    ("short_check".into(), "(length(VALUE) > 1)".into()),
                ],
            }
        );
    }
}
