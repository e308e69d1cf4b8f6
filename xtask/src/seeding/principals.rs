//! The organizations that supply products, whoever entered them.

use anyhow::{Context, Result};
use jiff::Timestamp;
use seed_core::domain::{Field, Record};
use seed_core::plan::Plan;
use seed_core::spec::PresentPrincipal;
use tokio_postgres::GenericClient;

use super::owners;
use crate::database::name::{literal, quoted};

/// A catalogue is spread over so many at the most.
const MOST: u32 = 1000;

/// Reads them, in the order of their keys; without a column that tells principals apart, all organizations.
///
/// # Errors
/// The database refuses.
pub async fn read(client: &impl GenericClient, outline: &Plan) -> Result<Vec<PresentPrincipal>> {
    let Some(binding) = outline.binding(Record::Organization) else {
        return Ok(Vec::new());
    };
    let (Some(key), Some(name)) = (binding.column(Field::Id), binding.column(Field::Name)) else {
        return Ok(Vec::new());
    };
    let by_type = || {
        let column = binding
            .columns
            .iter()
            .find(|column| column.field() == Some(Field::OrganizationType))?;
        let label = column.labels().iter().find(|(ours, _)| ours == "principal");
        let label = label.map_or("principal", |(_, theirs)| theirs);
        Some(format!("{}::text = {}", quoted(&column.name), literal(label)))
    };
    let is_principal = binding.column(Field::IsPrincipal).map(quoted).or_else(by_type);
    let created = match binding.column(Field::CreatedAt) {
        Some(column) => format!("{}::timestamptz", quoted(column)),
        None => "null::timestamptz".to_owned(),
    };
    let sql = format!(
        "select {key}::text, {name}::text, {created} from {table} where {condition} order by {key} limit {MOST}",
        key = quoted(key),
        name = quoted(name),
        table = binding.sql_name(),
        condition = is_principal.as_deref().unwrap_or("true"),
    );
    let rows = client.query(&sql, &[]).await;
    let rows = rows.with_context(|| format!("read the principals in `{}`", binding.table))?;
    let principal = |row: &tokio_postgres::Row| {
        Some(PresentPrincipal {
            key: owners::key(row.get(0))?,
            name: row.get::<_, Option<String>>(1)?,
            created_at: row
                .get::<_, Option<Timestamp>>(2)
                .unwrap_or(Timestamp::UNIX_EPOCH),
        })
    };
    Ok(rows.iter().filter_map(principal).collect())
}
