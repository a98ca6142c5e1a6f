//! How much memory this process may still take, as far as the system says it.

use std::fs;
use std::path::Path;

/// Bytes. Without what the system says, as many as there are.
pub(crate) fn available_memory() -> u64 {
    let bounds = [address_space(), control_group(), unused()];
    bounds.into_iter().flatten().min().unwrap_or(u64::MAX)
}

/// The address space that `ulimit -v` leaves.
#[cfg(unix)]
fn address_space() -> Option<u64> {
    use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

    let (most, _) = getrlimit(Resource::RLIMIT_AS).ok()?;
    let taken = in_proc("self/status", "VmSize:").unwrap_or(0);
    (most != RLIM_INFINITY).then(|| most.saturating_sub(taken))
}

#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

/// The limit of the control group (version 2), or of a group that it is in.
fn control_group() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let limit = |group: &Path| {
        let file = Path::new("/sys/fs/cgroup").join(group).join("memory.max");
        fs::read_to_string(file).ok()?.trim().parse().ok()
    };
    Path::new(own).ancestors().filter_map(limit).min()
}

/// What the machine can give without swapping.
fn unused() -> Option<u64> {
    in_proc("meminfo", "MemAvailable:")
}

/// The bytes of a field in a file of `/proc`.
fn in_proc(file: &str, field: &str) -> Option<u64> {
    let text = fs::read_to_string(Path::new("/proc").join(file)).ok()?;
    bytes_of(field, &text)
}

/// The bytes of a field in the text of a file of `/proc`, which states them in kB.
fn bytes_of(field: &str, text: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(field))?;
    let number: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    number.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: &str =
        "MemTotal:       16318464 kB\nMemAvailable:    8123456 kB\nHugePages_Total:       0\n";

    #[test]
    fn fields_of_proc_are_in_kilobytes() {
        assert_eq!(bytes_of("MemAvailable:", MEMORY), Some(8_123_456 << 10));
        assert_eq!(bytes_of("HugePages_Total:", MEMORY), None);
        assert_eq!(bytes_of("Nothing:", MEMORY), None);
        assert_eq!(bytes_of("Most:", "Most: 18014398509481984 kB"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn no_more_memory_is_available_than_there_is() {
        let total = in_proc("meminfo", "MemTotal:").expect("a machine with memory");
        let unused = unused().expect("Linux says it");
        assert!((1..=total).contains(&unused));
        assert!(available_memory() <= total);
        assert_eq!(in_proc("nothing", "MemTotal:"), None);
    }
}
