//! The smallest possible program, as a baseline for the time to start and exit.

fn main() {
    println!("Hello, world!");
}
