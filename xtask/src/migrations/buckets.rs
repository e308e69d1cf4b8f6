//! The buckets that `supabase/config.toml` declares, which the Supabase CLI makes on its own stack only.

use anyhow::Context;
use stack::project::StorageConfig;

use crate::database::address::Address;
use crate::database::connect::connect;

/// Makes them, or brings them in line.
pub async fn declare(database: &Address, storage: &StorageConfig) -> anyhow::Result<()> {
    if !storage.enabled || storage.buckets.is_empty() {
        return Ok(());
    }
    let client = connect(database, "migrate").await?;
    let sql = "insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
               values ($1, $1, $2, $3, $4)
               on conflict (id) do update set public = excluded.public, file_size_limit = excluded.file_size_limit,
                 allowed_mime_types = excluded.allowed_mime_types";
    for (id, bucket) in &storage.buckets {
        let limit = bucket
            .file_size_limit
            .and_then(|limit| i64::try_from(limit.0).ok());
        let types = Some(&bucket.allowed_mime_types).filter(|types| !types.is_empty());
        client
            .execute(sql, &[id, &bucket.public, &limit, &types])
            .await
            .with_context(|| format!("make the bucket `{id}` of `supabase/config.toml`"))?;
    }
    Ok(())
}
