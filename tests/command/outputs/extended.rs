//! Extended attributes and access control lists: the output gets them, or `--rm` keeps the input.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::unprivileged::set_mode;
use crate::workshop;
use pxc_test_harness::{names, outcome, succeed, text};

const NAME: &str = "user.xdg.origin.url";

fn get(path: &Path, name: &str) -> Option<Vec<u8>> {
    xattr::get(path, name).expect("extended attributes")
}

/// `user::rw-, user:1234:rw-, group::---, mask::rw-, other::---`, as Linux keeps it.
fn access_list() -> Vec<u8> {
    let none = u32::MAX;
    let entries = [
        (1, 6, none),
        (2, 6, 1234),
        (4, 0, none),
        (0x10, 6, none),
        (0x20, 0, none),
    ];
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend(u16::to_le_bytes(tag));
        list.extend(u16::to_le_bytes(rights));
        list.extend(u32::to_le_bytes(id));
    }
    list
}

#[test]
#[ignore = "needs a file system with extended attributes"]
fn extended_attributes_come_along() {
    let directory = workshop();
    let folder = directory.path();
    let set = xattr::set(folder.join("img.png"), NAME, b"https://example.com\0");
    set.expect("extended attributes");
    // The owner may read the file, but not write its attributes.
    set_mode(&folder.join("img.png"), 0o444);
    succeed(folder, &["compress", "--rm", "img.png"]);
    succeed(folder, &["decompress", "--rm", "img.pxc"]);
    let found = get(&folder.join("img.png"), NAME);
    assert_eq!(found.as_deref(), Some(&b"https://example.com\0"[..]));
    // An output of an earlier run that lacks them does not count as written.
    succeed(folder, &["compress", "img.png"]);
    set_mode(&folder.join("img.pxc"), 0o600);
    xattr::remove(folder.join("img.pxc"), NAME).expect("the owner may do so");
    let (code, _, stderr) = outcome(folder, &["compress", "--rm", "img.png"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("differs from what pxc would write for img.png now"),
        "{stderr}"
    );
    succeed(folder, &["compress", "--rm", "--allow-loss", "img.png"]);
    assert_eq!(names(folder), ["img.pxc"]);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs a file system with extended attributes"]
fn access_control_lists_come_along() {
    const LIST: &str = "system.posix_acl_access";
    let directory = workshop();
    let folder = directory.path();
    let set = xattr::set(folder.join("img.png"), LIST, &access_list());
    set.expect("extended attributes");
    succeed(folder, &["compress", "img.png"]);
    assert_eq!(get(&folder.join("img.pxc"), LIST), Some(access_list()));
    let mode = folder
        .join("img.pxc")
        .metadata()
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o660);
}

/// On a file system without extended attributes, a file that has some is written only if losses are allowed.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs extended attributes, and the right to mount, at least after unshare -rm"]
fn what_the_file_system_does_not_keep_is_said() {
    let directory = workshop();
    let folder = directory.path();
    let image = folder.join("img.png");
    for (name, value) in [
        (NAME, b"1".to_vec()),
        ("system.posix_acl_access", access_list()),
    ] {
        xattr::set(&image, name, &value).expect("extended attributes");
    }
    fs::create_dir(folder.join("disk")).expect("a folder");
    let script = "mount -t ramfs ramfs disk || exit 99; \
                  \"$0\" compress img.png -o disk/img.pxc \"$@\" && stat -c %a disk/img.pxc";
    let compress = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .current_dir(folder)
            .args(["-rm", "sh", "-c", script]);
        command.arg(env!("CARGO_BIN_EXE_pxc")).args(arguments);
        let output = command.output().expect("unshare starts");
        let said = text(&output.stdout) + &text(&output.stderr);
        (output.status.code(), said)
    };
    let (code, said) = compress(&[]);
    assert_eq!(code, Some(0), "{said}");
    let lost = "the file system of the output";
    // The group gets no rights that only one user had.
    assert!(said.starts_with("600\n"), "{said}");
    assert!(
        said.contains("img.png: note: ") && said.contains(lost) && said.contains(NAME),
        "{said}"
    );
    let (code, said) = compress(&["--rm"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("img.png: nothing written or removed") && said.contains(lost),
        "{said}"
    );
    assert!(image.exists());
    let (code, said) = compress(&["--rm", "--allow-loss", "-q"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(lost) && !image.exists(), "{said}");
}

/// Runs a script in a folder with a `tmpfs` at `disk`, which takes many extended attributes.
#[cfg(target_os = "linux")]
fn on_tmpfs(folder: &Path, script: &str) -> (Option<i32>, String) {
    fs::create_dir_all(folder.join("disk")).expect("a folder");
    let script = format!(
        "mount -t tmpfs tmpfs disk || exit 99; cp img.png disk/img.png || exit 99; {script}"
    );
    let mut command = Command::new("unshare");
    command.current_dir(folder).args(["-rm", "bash", "-c"]);
    command.arg(script).arg(env!("CARGO_BIN_EXE_pxc"));
    let output = command.output().expect("unshare starts");
    let said = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), said)
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs python3, extended attributes of tmpfs, and the right to mount, at least after unshare -rm"]
fn extended_attributes_that_cannot_be_kept_are_said() {
    // More names than Linux lists, and more bytes than pxc copies.
    for (set, said) in [
        (
            "for i in range(400): os.setxattr(p, 'user.%0245d' % i, b'v')",
            "extended attributes (cannot be read: Argument list too long (os error 7))",
        ),
        (
            "for i in range(40): os.setxattr(p, 'user.%d' % i, bytes(60000))",
            "extended attributes (more than 1 MiB)",
        ),
    ] {
        let directory = workshop();
        let compress = |arguments: &str| {
            let script = format!(
                "python3 -c \"import os; p = 'disk/img.png'\n{set}\" || exit 99\n\
                 \"$0\" compress disk/img.png {arguments}; echo code $?; ls disk"
            );
            on_tmpfs(directory.path(), &script).1
        };
        let kept = compress("");
        assert!(
            kept.contains("code 0\nimg.png\nimg.pxc\n")
                && kept.contains(&format!("note: the output does not keep {said}")),
            "{kept}"
        );
        let refused = compress("--rm");
        assert!(
            refused.starts_with("code 2\nimg.png\n")
                && refused.contains(&format!("--rm would lose {said}, which the output does")),
            "{refused}"
        );
        let allowed = compress("--rm --allow-loss -q");
        assert!(
            allowed.starts_with("code 0\nimg.pxc\n") && allowed.contains(said),
            "{allowed}"
        );
    }
}

/// The access control list that a folder gives to new files would let others read what the input lets nobody read.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs a file system with extended attributes"]
fn the_default_list_of_a_folder_is_not_for_outputs() {
    let directory = workshop();
    let folder = directory.path();
    let made = folder.join("made");
    fs::create_dir(&made).expect("a folder");
    let set = xattr::set(&made, "system.posix_acl_default", &access_list());
    set.expect("extended attributes");
    set_mode(&folder.join("img.png"), 0o660);
    let list = |name: &str| get(&made.join(name), "system.posix_acl_access");
    fs::write(made.join("other"), "").expect("a file");
    assert!(list("other").is_some(), "the folder gives no list");
    succeed(folder, &["compress", "img.png", "-o", "made/img.pxc"]);
    assert_eq!(list("img.pxc"), None);
    let found = made.join("img.pxc").metadata().expect("a file");
    assert_eq!(found.permissions().mode() & 0o777, 0o660);
}
