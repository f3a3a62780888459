//! Command-line options: what to measure, and how often.

#[derive(Debug)]
pub(crate) struct Options {
    /// Only rows whose name contains one of these words are measured; without words, all rows are.
    words: Vec<String>,
    /// Run a fifth of the rounds, and no vault of 100,000 credentials unless `--most` asks for it.
    pub(crate) quick: bool,
    /// The largest number of credentials in a vault.
    pub(crate) most: usize,
    /// Write `docs/benchmarks.md`.
    pub(crate) write: bool,
}

impl Options {
    /// Reads the arguments. `None` if the program was not started by `cargo bench`: `cargo test --benches` runs it as
    /// well, but must not measure anything.
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self { words: Vec::new(), quick: false, most: usize::MAX, write: false };
        let (mut is_bench, mut most) = (false, None);
        for argument in arguments {
            match argument.as_str() {
                "--bench" => is_bench = true,
                "--quick" => options.quick = true,
                "--write" => options.write = true,
                most_is if most_is.starts_with("--most=") => most = most_is["--most=".len()..].parse().ok(),
                word => options.words.push(word.to_lowercase()),
            }
        }
        options.most = most.unwrap_or(if options.quick { 10_000 } else { usize::MAX });
        is_bench.then_some(options)
    }

    /// Whether the row with this name is to be measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word))
    }
}
