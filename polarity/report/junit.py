"""The JUnit report: a test case a gate, for whatever shows test results beside a build."""

from typing import TextIO
from xml.etree import ElementTree as ET

from polarity.report.content import Report
from polarity.report.judging import Gate

COMPARED = "enough messages are compared"


def write(file: TextIO, report: Report) -> None:
    """Write one suite: whether enough could be compared, then every gate.

    A gate that fails is a failure, one that is inconclusive an error: nobody knows.
    """
    suite = ET.Element("testsuite", name="polarity report")
    _comparing(ET.SubElement(suite, "testcase", classname="polarity.report", name=COMPARED), report)
    for gate in report.judgement.gates:
        _add(suite, gate)
    for name in ("failure", "error"):
        suite.set(f"{name}s", str(len(suite.findall(f"testcase/{name}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n')


def _comparing(case: ET.Element, report: Report) -> None:
    judgement = report.judgement
    if judgement.status == "inconclusive" and all(gate.status != "inconclusive" for gate in judgement.gates):
        ET.SubElement(case, "error", message=judgement.reason)


def _add(suite: ET.Element, gate: Gate) -> None:
    sign = ">=" if gate.bound.fails == "under" else "<="
    name = f"{gate.bound.measure} {sign} {gate.bound.value:g}"
    case = ET.SubElement(suite, "testcase", classname="polarity.report", name=name)
    if gate.status != "passed":
        ET.SubElement(case, "failure" if gate.status == "failed" else "error", message=gate.reason)
