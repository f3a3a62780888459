//! A minimal list on the same screen library: shows the lines of a file, with arrow keys to select one and q to quit.

use std::io::Result;

use ratatui::crossterm::event::{Event, KeyCode, read};
use ratatui::style::Style;
use ratatui::widgets::{List, ListState};

fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(file)?;
    let lines: Vec<&str> = text.lines().collect();
    ratatui::run(|terminal| {
        let mut selected = 0_usize;
        loop {
            terminal.draw(|frame| {
                let height = usize::from(frame.area().height).max(1);
                let first = selected / height * height;
                let shown = lines.iter().skip(first).take(height).copied();
                let list = List::new(shown).highlight_style(Style::new().reversed());
                let mut state = ListState::default().with_selected(Some(selected - first));
                frame.render_stateful_widget(list, frame.area(), &mut state);
            })?;
            if let Event::Key(key) = read()? {
                match key.code {
                    KeyCode::Down => selected = (selected + 1).min(lines.len().saturating_sub(1)),
                    KeyCode::Up => selected = selected.saturating_sub(1),
                    KeyCode::Char('q') => return Ok(()),
                    _ => {}
                }
            }
        }
    })
}
