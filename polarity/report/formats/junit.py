"""The JUnit report: a test case a gate, for whatever shows test results beside a build."""

import re
from typing import TextIO
from xml.etree import ElementTree as ET

from polarity.report.content import Report
from polarity.statistics.gates import Gate

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
COMPARED = "enough messages are compared"


def write(file: TextIO, report: Report) -> None:
    """Write one suite: whether enough could be compared, then every gate.

    A gate that fails is a failure, one that is inconclusive an error: nobody knows.
    """
    suite = ET.Element("testsuite", name="polarity report")
    _comparing(ET.SubElement(suite, "testcase", classname="polarity.report", name=COMPARED), report)
    for gate in report.judgement.gates:
        _add(suite, gate)
    if warnings := report.subject.warnings:
        ET.SubElement(suite, "system-out").text = "\n".join(f"warning: {sentence}" for sentence in warnings)
    for name in ("failure", "error"):
        suite.set(f"{name}s", str(len(suite.findall(f"testcase/{name}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    written = NO_XML.sub("\ufffd", ET.tostring(root, encoding="unicode"))
    file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n')


def _comparing(case: ET.Element, report: Report) -> None:
    if problem := report.judgement.too_little:
        ET.SubElement(case, "error", message=problem)


def _add(suite: ET.Element, gate: Gate) -> None:
    sign = ">=" if gate.bound.fails == "under" else "<="
    name = f"{gate.bound.measure} {sign} {gate.bound.value:g}"
    case = ET.SubElement(suite, "testcase", classname="polarity.report", name=name)
    if gate.status != "passed":
        ET.SubElement(case, "failure" if gate.status == "failed" else "error", message=gate.reason)
