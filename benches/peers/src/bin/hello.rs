//! The least a program can do.

fn main() {
    println!("Hello, world!");
}
