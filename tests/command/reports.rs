//! The reports of `test`, `info` and `bench`, for people and for machines.

use std::fs;

use crate::workshop;
use pxc_test_harness::{fixtures, names, outcome, pxc, succeed, text};

#[test]
fn test_decodes_without_writing() {
    let directory = workshop();
    succeed(directory.path(), &["compress", "img.png"]);
    let (code, stdout, stderr) = outcome(directory.path(), &["test", "img.pxc"]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (0, "", "img.pxc: intact\n")
    );
    assert_eq!(succeed(directory.path(), &["test", "-q", "img.pxc"]), "");
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
}

#[test]
fn test_speaks_to_machines() {
    let directory = workshop();
    succeed(directory.path(), &["compress", "img.png"]);
    let whole = fs::read(directory.path().join("img.pxc")).expect("a file");
    fs::write(directory.path().join("cut.pxc"), &whole[..whole.len() - 1]).expect("a file");
    let arguments = ["test", "-q", "--json", "-j1", "img.pxc", "cut.pxc"];
    let (code, stdout, stderr) = outcome(directory.path(), &arguments);
    assert_eq!(code, 1);
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [sound, cut] = lines.as_slice() else {
        panic!("expected two lines, found {stdout}");
    };
    assert_eq!(
        (&sound["file"], &sound["status"]),
        (&"img.pxc".into(), &"done".into())
    );
    assert_eq!(
        (&sound["width"], &sound["height"]),
        (&40.into(), &30.into())
    );
    assert_eq!(sound["file_bytes"], whole.len());
    assert_eq!(
        (&cut["file"], &cut["status"]),
        (&"cut.pxc".into(), &"failed".into())
    );
    let error = cut["error"].as_str().expect("an error");
    assert_eq!(stderr.trim_end(), format!("cut.pxc: {error}"));
}

#[test]
fn every_input_has_a_line_of_json() {
    let directory = workshop();
    let root = directory.path();
    succeed(root, &["compress", "img.png"]);
    fs::create_dir(root.join("folder")).expect("a directory");
    fs::write(root.join("folder/notes.txt"), "notes").expect("a file");
    let statuses = |arguments: &[&str]| {
        let (code, stdout, _) = outcome(root, arguments);
        let lines = stdout.lines().map(serde_json::from_str);
        let lines: Vec<serde_json::Value> = lines.map(|line| line.expect("JSON")).collect();
        let of_line = |line: &serde_json::Value| format!("{} {}", line["file"], line["status"]);
        (code, lines.iter().map(of_line).collect::<Vec<_>>())
    };
    for command in ["test", "info"] {
        // A directory without -r is refused; with it, what is no .pxc file is skipped.
        let (code, found) = statuses(&[command, "--json", "folder", "img.pxc"]);
        let refused = r#""folder" "failed""#;
        assert_eq!(
            (code, &found[..]),
            (2, &[refused.to_owned(), r#""img.pxc" "done""#.into()][..])
        );
        let (code, found) = statuses(&[command, "--json", "-r", "folder", "img.pxc"]);
        let skipped = r#""folder/notes.txt" "skipped""#;
        assert_eq!(
            (code, &found[..]),
            (0, &[skipped.to_owned(), r#""img.pxc" "done""#.into()][..])
        );
    }
    let (code, found) = statuses(&["bench", "--json", "folder"]);
    assert_eq!(
        (code, &found[..]),
        (2, &[r#""folder" "failed""#.to_owned()][..])
    );
}

#[test]
fn bench_compares_and_says_what_is_missing() {
    let directory = workshop();
    succeed(
        directory.path(),
        &["compress", "--exact-file=never", "img.png"],
    );
    let compressed = directory
        .path()
        .join("img.pxc")
        .metadata()
        .expect("a file")
        .len();
    let alone = |arguments: &[&str]| {
        let output = pxc()
            .current_dir(directory.path())
            .env("PATH", directory.path())
            .args(arguments)
            .output()
            .expect("the command starts");
        assert_eq!(output.status.code(), Some(0));
        let notes = text(&output.stderr);
        for tool in ["oxipng", "cwebp", "cjxl"] {
            let note = format!("note: {tool} is not on the PATH: no ");
            assert!(notes.lines().any(|line| line.starts_with(&note)), "{notes}");
        }
        text(&output.stdout)
    };
    let human = alone(&["bench", "img.png", "img.png"]);
    assert!(human.starts_with("img.png: 40×30, 8-bit rgb, "), "{human}");
    assert!(human.contains("total of 2 files\n"), "{human}");
    let machine = alone(&["bench", "--json", "img.png", "img.png"]);
    let lines: Vec<serde_json::Value> = machine
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["samples"], 3600);
    assert_eq!(lines[0]["results"][0]["name"], "pxc");
    assert_eq!(lines[0]["results"][0]["bytes"], compressed);
    let bits = lines[0]["results"][0]["bits_per_sub_pixel"].as_f64();
    assert!(bits.is_some_and(|bits| bits > 0.0));
    assert_eq!(lines[2]["results"][0]["bytes"], 2 * compressed);
}

#[test]
fn info_speaks_to_people_and_to_machines() {
    let directory = workshop();
    succeed(directory.path(), &["compress", "img.png"]);
    let human = succeed(directory.path(), &["info", "img.pxc"]);
    assert!(
        human.starts_with(
            "img.pxc\n  version            1\n  width              40\n  height             30\n"
        ),
        "{human}"
    );
    let machine = succeed(directory.path(), &["info", "--json", "img.pxc", "img.pxc"]);
    assert_eq!(machine.lines().count(), 2);
    for line in machine.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let length = fs::metadata(directory.path().join("img.pxc"))
            .expect("a file")
            .len();
        assert_eq!(object["width"], 40);
        assert_eq!(object["color_type"], "rgb");
        assert_eq!(object["file_bytes"], length);
        assert_eq!(object["bits_per_sub_pixel"], length as f64 * 8.0 / 3600.0);
        assert_eq!(object["coded_bit_depth"], 8);
        assert_eq!(object["sample_map"], serde_json::Value::Null);
        assert_eq!(object["groups"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn equal_groups_share_a_line() {
    let folder = fixtures().join("golden/v1");
    let name = "diagonal-rgb.pxc";
    let machine = succeed(&folder, &["info", "--json", name]);
    let object: serde_json::Value = serde_json::from_str(&machine).expect("JSON");
    let groups = object["groups"].as_array().expect("groups");
    let bytes: u64 = groups
        .iter()
        .filter_map(|group| group["length"].as_u64())
        .sum();
    let line = format!(
        "  group              {} from offset {:#x}, {bytes} bytes, network\n",
        groups.len(),
        groups[0]["offset"].as_u64().expect("an offset")
    );
    assert!(groups.len() > 1);
    let human = succeed(&folder, &["info", name]);
    assert!(human.ends_with(&line), "{line} is missing: {human}");
}

#[test]
fn a_list_has_a_line_for_each_file_and_a_sum() {
    let directory = workshop();
    let root = directory.path();
    succeed(root, &["compress", "--exact-file=never", "img.png"]);
    succeed(root, &["compress", "-1", "img.png", "-o", "fast.pxc"]);
    fs::write(root.join("bad.pxc"), "PXC").expect("a file");
    let size = |name: &str| fs::metadata(root.join(name)).expect("a file").len();
    let (whole, fast) = (size("img.pxc"), size("fast.pxc"));
    let list = ["list", "img.pxc", "bad.pxc", "fast.pxc"];
    let (code, stdout, stderr) = outcome(root, &list);
    assert_eq!(code, 1);
    assert!(stderr.starts_with("bad.pxc: "), "{stderr}");
    let rows: Vec<Vec<&str>> = stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let share = |bytes: u64, images: u64| format!("{:.1}", bytes as f64 / (36.0 * images as f64));
    let [_, first, second, sum] = rows.as_slice() else {
        panic!("expected four lines, found {stdout}");
    };
    assert_eq!(first[..2], [whole.to_string(), share(whole, 1)]);
    assert_eq!(first[4..7], ["40×30", "rgb", "8"]);
    assert_eq!(first[8..], ["no", "img.pxc"]);
    assert_eq!(second[0], fast.to_string());
    assert_eq!(second[7..], ["network", "yes", "fast.pxc"]);
    let all = whole + fast;
    assert_eq!(sum[..2], [all.to_string(), share(all, 2)]);
    assert_eq!(sum[4..], ["2", "files"]);
    let cut = fs::read(root.join("img.pxc")).expect("a file");
    fs::write(root.join("cut.pxc"), &cut[..cut.len() - 5]).expect("a file");
    let (code, stdout, stderr) = outcome(root, &["list", "cut.pxc"]);
    assert_eq!(code, 1);
    assert!(stdout.contains("cut.pxc"), "{stdout}");
    let found = whole - 5;
    let said = format!("cut.pxc: damaged: expected {whole} bytes, found {found}\n");
    assert_eq!(stderr, said);
}

/// With a sample map, the methods code indices of fewer bits.
#[test]
fn info_tells_samples_from_indices() {
    let folder = fixtures().join("golden/v1");
    let name = "mapped-gray-16-adaptive.pxc";
    let human = succeed(&folder, &["info", name]);
    for line in [
        "\n  bit_depth          16\n",
        "\n  coded_bit_depth    8\n",
        " values\n",
        ", adaptive\n",
    ] {
        assert!(human.contains(line), "{line} is missing: {human}");
    }
    let machine = succeed(&folder, &["info", "--json", name]);
    let object: serde_json::Value = serde_json::from_str(&machine).expect("JSON");
    assert_eq!(object["bit_depth"], 16);
    assert_eq!(object["coded_bit_depth"], 8);
    let counts = object["sample_map"].as_array().expect("a map");
    assert_eq!(counts.len(), 1);
    assert!(
        counts[0]
            .as_u64()
            .is_some_and(|count| (2..=256).contains(&count))
    );
}
