#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let c = "postgresql://postgres@127.0.0.1:55799/ref".parse()?;
    let client = xtask::database::connect::connect(&c, "cat").await?;
    xtask::database::bookkeeping::prepare(&client).await?;
    xtask::database::bookkeeping::prepare(&client).await?;
    let t = std::time::Instant::now();
    let cat = xtask::database::catalog::read(&client, &["public".into()]).await?;
    eprintln!("{:?}", t.elapsed());
    println!("{}", serde_json::to_string_pretty(&cat)?);
    Ok(())
}
