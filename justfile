# The five daily commands. Each line can be typed without just.

# Format, lint and build everything, without running tests.
check:
    cargo fmt
    cargo clippy --quiet --all-targets -- -D warnings

# The tests whose names contain one of the words: just test screens:: documents
test *words:
    cargo test --test credenza -- {{words}}

# Write the golden frames of the scenes whose names contain one of the words, or all, and show what changed.
frames *words="screens::":
    CREDENZA_BLESS=1 cargo test --test credenza -- {{words}}
    git diff --stat tests/screens/frames tests/screens/regions

# Write the generated pages again. Twice, because some pages quote others.
docs:
    CREDENZA_WRITE_DOCS=1 cargo test --test credenza documents || true
    CREDENZA_WRITE_DOCS=1 cargo test --test credenza documents

# The program with sample data and a simulated provider.
demo:
    cargo run --release -- --demo
