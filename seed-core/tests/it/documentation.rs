//! Everything public has an example that runs: its own, or one of its module that names it.

use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

/// Public, so that a public trait can name it, and of no use to anybody.
const HIDDEN: [&str; 1] = ["View"];

#[test]
fn every_public_item_has_an_example() {
    let item = Regex::new(r"^pub (?:const fn|struct|enum|trait|fn|const|type) (\w+)").unwrap();
    let mut lacking = Vec::new();
    let mut found = 0;
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let of_modules = examples_of_modules(&path);
        for (number, line) in lines.iter().enumerate() {
            let Some(name) = item.captures(line).map(|captures| captures[1].to_owned()) else {
                continue;
            };
            found += 1;
            let above = lines[..number].iter().rev();
            let own = above
                .take_while(|line| !line.is_empty())
                .any(|line| line.starts_with("/// ```"));
            let word = Regex::new(&format!(r"\b{name}\b")).unwrap();
            if !own && !word.is_match(&of_modules) && !HIDDEN.contains(&name.as_str()) {
                lacking.push(format!("`{name}` in {}", path.display()));
            }
        }
    }
    assert!(found > 100, "{found} items");
    assert!(lacking.is_empty(), "no example shows {}", lacking.join(", "));
}

/// The code in the documentation of the module itself and of those that give its items out.
fn examples_of_modules(path: &Path) -> String {
    let folder = path.parent().unwrap();
    let plan = folder.parent().unwrap().join("plan/mod.rs");
    let mut code = String::new();
    for module in [path.to_owned(), folder.join("mod.rs"), plan] {
        let text = fs::read_to_string(module).unwrap_or_default();
        let documentation: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//!")).collect();
        let documentation = documentation.join("\n");
        code.extend(documentation.split("```").skip(1).step_by(2));
    }
    code
}

/// All files of Rust in a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_entry = |path: PathBuf| match path.is_dir() {
        true => sources(&path),
        false => vec![path],
    };
    entries
        .flat_map(of_entry)
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}
