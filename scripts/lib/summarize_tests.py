"""Sums the results of lit and ctest; the last line is the summary.

    summarize_tests.py LIT_JSON CTEST_JUNIT_XML

lists what failed and what was skipped, and ends with exit code 1 when a test
failed, a report is missing, or nothing ran.
"""

import json
import sys
import xml.etree.ElementTree

SKIPPED_CODES = {"UNSUPPORTED", "SKIPPED", "EXCLUDED", "XFAIL"}
PASSED_CODES = {"PASS", "FLAKYPASS"}


def lit_results(path):
    """Name and outcome of every lit test."""
    with open(path, encoding="utf-8") as file:
        tests = json.load(file)["tests"]
    for test in tests:
        if test["code"] in PASSED_CODES:
            yield test["name"], "passed"
        elif test["code"] in SKIPPED_CODES:
            yield test["name"], "skipped"
        else:
            yield test["name"], "failed"


def ctest_results(path):
    """Name and outcome of every ctest test."""
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        outcome = "passed"
        if case.find("skipped") is not None or case.get("status") == "notrun":
            outcome = "skipped"
        elif case.find("failure") is not None or case.get("status") == "fail":
            outcome = "failed"
        yield "ctest :: " + case.get("name"), outcome


def main(lit_json, ctest_xml):
    names = {"passed": [], "failed": [], "skipped": []}
    complete = True
    for read, path in ((lit_results, lit_json), (ctest_results, ctest_xml)):
        results = []
        try:
            results = list(read(path))
        except (OSError, ValueError, KeyError, xml.etree.ElementTree.ParseError) as error:
            print(f"error: no test report: {error}")
        if not results:
            print(f"error: {path}: no test ran")
            complete = False
        for name, outcome in results:
            names[outcome].append(name)
    for outcome in ("skipped", "failed"):
        for name in names[outcome]:
            print(f"{outcome}: {name}")
    print(", ".join(f"{len(names[key])} {key}" for key in ("passed", "failed", "skipped")))
    return 0 if complete and not names["failed"] else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
