//! What integrations loaded, on disk.
