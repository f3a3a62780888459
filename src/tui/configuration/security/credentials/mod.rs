//! Configuration > Security > Credentials: one screen a file.

pub mod add;
pub mod authenticate;
pub mod details;
pub mod form;
pub mod rename;
pub mod table;
