//! Where outputs go: streams and devices, folders and names, and what a file system keeps of their inputs.

#[cfg(target_os = "linux")]
mod streams;
mod folders;
mod extended;
