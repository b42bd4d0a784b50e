//! The tests that ran, from what nextest, `cargo test` and `node --test` tell.

/// A test that ran.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// Binary, modules and function, joined by `::`.
    pub(crate) name: String,
    pub(crate) has_failed: bool,
}

impl Ran {
    /// Binary and modules.
    pub(crate) fn place(&self) -> &str {
        self.name.rsplit_once("::").map_or("", |(place, _)| place)
    }

    /// The function.
    pub(crate) fn name(&self) -> &str {
        self.name.rsplit_once("::").map_or(&self.name, |(_, name)| name)
    }
}

/// From nextest's JUnit report. What a test printed is escaped in it, so nothing else begins with a tag.
pub(crate) fn of_junit(report: &str) -> Vec<Ran> {
    let mut ran = Vec::new();
    let cases = report.split("<testcase ").skip(1);
    for case in cases {
        let Some((attributes, rest)) = case.split_once('>') else { continue };
        let (Some(binary), Some(test)) = (attribute(attributes, "classname"), attribute(attributes, "name"))
        else {
            continue;
        };
        if rest.contains("<skipped") && !attributes.ends_with('/') {
            continue;
        }
        // `package::binary`; a package's own unit tests have its name alone.
        let binary = binary.rsplit("::").next().unwrap_or(binary);
        let has_failed = !attributes.ends_with('/') && (rest.contains("<failure") || rest.contains("<error"));
        ran.push(Ran { name: format!("{binary}::{test}"), has_failed });
    }
    ran
}

/// From the JUnit report of `node --test`, in which suites stand within suites. What a test said is escaped in it.
pub(crate) fn of_node(report: &str) -> Vec<Ran> {
    let (mut suites, mut ran) = (Vec::new(), Vec::<Ran>::new());
    for tag in report.split('<').skip(1) {
        if let Some(attributes) = tag.strip_prefix("testsuite ") {
            suites.push(attribute(attributes, "name").unwrap_or_default());
        } else if tag.starts_with("/testsuite>") {
            suites.pop();
        } else if let Some(attributes) = tag.strip_prefix("testcase ") {
            let place = suites.iter().copied().chain(attribute(attributes, "name"));
            ran.push(Ran { name: place.collect::<Vec<_>>().join("::"), has_failed: false });
        } else if let Some(test) = ran.last_mut() {
            test.has_failed |= tag.starts_with("failure") || tag.starts_with("error");
            if tag.starts_with("skipped") {
                ran.pop();
            }
        }
    }
    ran
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut parts = attributes.split('"');
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        if key.trim().strip_suffix('=') == Some(name) {
            return Some(value);
        }
    }
    None
}

/// From what `cargo test` writes to standard output and standard error.
pub(crate) fn of_cargo_test<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Ran> {
    let (mut binary, mut ran) = ("", Vec::new());
    for line in lines {
        if line.trim_start().starts_with("Running ")
            && let Some((_, path)) = line.trim_end().rsplit_once('(')
        {
            // `target/debug/deps/memory-0123456789abcdef`, with an extension on Windows.
            let file = path.trim_end_matches(')').rsplit(['/', '\\']).next().unwrap_or_default();
            binary = file.rsplit_once('-').map_or(file, |(name, _)| name);
        }
        if let Some((test, outcome)) = line.strip_prefix("test ").and_then(|line| line.split_once(" ... "))
            && matches!(outcome.trim_end(), "ok" | "FAILED")
        {
            ran.push(Ran { name: format!("{binary}::{test}"), has_failed: outcome.trim_end() == "FAILED" });
        }
    }
    ran
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(name: &str, has_failed: bool) -> Ran {
        Ran { name: name.to_owned(), has_failed }
    }

    #[test]
    fn a_junit_report_tells_what_ran_and_what_failed() {
        let report = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="4" failures="1">
    <testsuite name="hallpass-sqlx::sqlite" tests="2" failures="1">
        <testcase name="camel_case::one" classname="hallpass-sqlx::sqlite" timestamp="t" time="0.005"/>
        <testcase name="camel_case::two" classname="hallpass-sqlx::sqlite" timestamp="t" time="0.005">
            <failure message="panicked" type="test failure with exit code 101">left: &lt;testcase name=&quot;x&quot;</failure>
            <system-out>test camel_case::two ... FAILED</system-out>
        </testcase>
        <testcase name="three" classname="hallpass-testing" time="0.005">
        </testcase>
        <testcase name="four" classname="hallpass-testing" time="0"><skipped/></testcase>
    </testsuite>
</testsuites>"#;
        let expected = [
            ran("sqlite::camel_case::one", false),
            ran("sqlite::camel_case::two", true),
            ran("hallpass-testing::three", false),
        ];
        assert_eq!(of_junit(report), expected);
        assert_eq!((expected[0].place(), expected[0].name()), ("sqlite::camel_case", "one"));
    }

    #[test]
    fn the_report_of_node_tells_the_same() {
        let report = r#"<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testcase name="alone" time="0.1" classname="test"/>
	<testsuite name="d1::camel" time="0.006" disabled="0" errors="0" tests="3" failures="1" skipped="1" hostname="here">
		<testcase name="one" time="0.000838" classname="test"/>
		<testcase name="two" time="0.001" classname="test" failure="&lt;testcase name=&quot;x&quot;">
			<failure type="testCodeFailure" message="no">
				[Error: no]
			</failure>
		</testcase>
		<testcase name="three" time="0.000180" classname="test">
			<skipped type="skipped" message="true"/>
		</testcase>
	</testsuite>
	<testcase name="last" time="0.1" classname="test"/>
</testsuites>"#;
        let expected = [
            ran("alone", false),
            ran("d1::camel::one", false),
            ran("d1::camel::two", true),
            ran("last", false),
        ];
        assert_eq!(of_node(report), expected);
        assert_eq!(expected[1].place(), "d1::camel");
    }

    #[test]
    fn what_cargo_test_writes_tells_the_same() {
        let lines = "     Running unittests src/lib.rs (target/debug/deps/hallpass_testing-7081d22ec2b6ee0c)

running 1 test
test doubles::it_stands ... ok
     Running tests/sqlite/main.rs (/else/where/debug/deps/sqlite-1bd9f1c0b1d2a0cf)
test conformance::one ... ok
test conformance::two ... FAILED
test conformance::three ... ignored
test result: FAILED. 1 passed; 1 failed";
        let expected = [
            ran("hallpass_testing::doubles::it_stands", false),
            ran("sqlite::conformance::one", false),
            ran("sqlite::conformance::two", true),
        ];
        assert_eq!(of_cargo_test(lines.lines()), expected);
    }
}
