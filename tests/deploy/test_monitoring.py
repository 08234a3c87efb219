"""The dashboard and the alert rules speak of metrics that there are."""

import json
import re
import subprocess
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.service.showing import whole_service

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "polarity.json"
PROMETHEUS = ROOT / "deploy" / "prometheus"
STORIES = Path(__file__).parent / "alerts_test.yml"
OF_PROMETHEUS = {"up": {"job", "instance"}}  # what it adds to what it asks for
GIVEN = {"job", "instance"}
NAME = re.compile(r"\b(?:polarity|process)_\w+|\bup\b")
MATCHERS = re.compile(r"(\b(?:polarity|process)_\w+|\bup\b)\{([^}]*)\}")
GROUPED = re.compile(r"\b(?:by|on|ignoring) \(([^)]*)\)")
PROMTOOL = pytest.mark.skipif(
    which("promtool") is None, reason="promtool, of Debian's package prometheus, is not here"
)


@pytest.fixture(scope="module")
def shown(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What a whole service shows: the labels of each sample, by its name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    with whole_service(tiny_checkpoint, tmp_path_factory.mktemp("cache")) as written:
        for family in text_string_to_metric_families(written()):
            for sample in family.samples:
                found[sample.name] |= set(sample.labels)
    return found


def _dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return board


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in _dashboard()["panels"] if panel["type"] != "row"]


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _expressions() -> dict[str, str]:
    """Give each expression by who has it."""
    found = {f"alert {rule['alert']}": rule["expr"] for rule in _rules()}
    for panel in _panels():
        for target in panel["targets"]:
            found[f"panel {panel['title']} {panel['id']}{target['refId']}"] = target["expr"]
    return found


def _unknown(expression: str, shown: dict[str, set[str]]) -> list[str]:
    """Name what an expression speaks of that nobody shows: metrics, and labels of them."""
    known = shown | OF_PROMETHEUS
    without = MATCHERS.sub(r"\1", re.sub(r'"[^"]*"', '""', expression))
    names = set(NAME.findall(GROUPED.sub("", without)))
    labels = set().union(*(known.get(name, set()) for name in names)) | GIVEN
    matched = [
        f"{name}{{{label}}}"
        for name, matchers in MATCHERS.findall(re.sub(r'"[^"]*"', '""', expression))
        for label in re.findall(r"(\w+) *[=!]", matchers)
        if label not in known.get(name, set()) | GIVEN
    ]
    grouped = [label for labels_ in GROUPED.findall(expression) for label in re.findall(r"\w+", labels_)]
    return [*sorted(names - set(known)), *matched, *(label for label in grouped if label not in labels)]


@pytest.mark.slow
def test_every_metric_that_is_named_is_shown(shown: dict[str, set[str]]) -> None:
    """So is every label by which a panel or a rule chooses or groups."""
    assert {} == {where: found for where, text in _expressions().items() if (found := _unknown(text, shown))}


@pytest.mark.slow
def test_every_metric_of_ours_is_on_the_dashboard(shown: dict[str, set[str]]) -> None:
    """What nobody looks at need not be counted; what only a rule or a mean of several needs is named here."""
    looked_at = {name for expression in _expressions().values() for name in NAME.findall(expression)}
    of_histograms = ("_count", "_sum")
    aside = {
        "polarity_bert_rows_failed_total",  # its texts are failures, with the reason internal
        "polarity_bert_calls_refused_total",  # problems, with the code overloaded
        "polarity_bert_calls_left_total",  # problems, with the code incomplete_body or deadline
    }
    ours = {name for name in shown if name.startswith("polarity_") and not name.endswith(of_histograms)}
    assert aside == ours - looked_at


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("rate(polarity_texts_total[5m])", []),
        ("rate(polarity_text_total[5m])", ["polarity_text_total"]),
        ('polarity_labels_total{lable="x", job="y"}', ["polarity_labels_total{lable}"]),
        ("sum by (labels) (polarity_labels_total)", ["labels"]),
    ],
)
def test_what_is_unknown_is_found(expression: str, unknown: list[str]) -> None:
    """A name that is misspelt would be an empty panel, and an alert that never comes."""
    shown: dict[str, set[str]] = {"polarity_texts_total": set(), "polarity_labels_total": {"label"}}
    assert unknown == _unknown(expression, shown)


def test_panels_stand_beside_each_other() -> None:
    """Each has a number of its own, says what it shows, and covers no other."""
    panels = _dashboard()["panels"]
    assert len(panels) == len({panel["id"] for panel in panels})
    assert [] == [panel["title"] for panel in _panels() if not panel["description"].endswith(".")]
    places = [(panel["title"], panel["gridPos"]) for panel in panels]
    assert [] == [(one, other) for (one, at), (other, there) in combinations(places, 2) if _meet(at, there)]
    assert all(at["x"] + at["w"] <= 24 for _, at in places)


def _meet(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[length] and other[start] < one[start] + one[length]
        for start, length in (("x", "w"), ("y", "h"))
    )


def test_every_panel_asks_the_source_that_is_chosen() -> None:
    """No dashboard hangs on the name that somebody's Prometheus has in Grafana."""
    sources = {json.dumps(part["datasource"]) for panel in _panels() for part in (panel, *panel["targets"])}
    assert {'{"type": "prometheus", "uid": "${source}"}'} == sources
    assert ["source", "job"] == [variable["name"] for variable in _dashboard()["templating"]["list"]]


def test_every_rule_says_what_is_to_be_done() -> None:
    """How bad it is, what it is, and what to look at; no two have one name."""
    rules = _rules()
    assert len(rules) == len({rule["alert"] for rule in rules})
    assert {"page", "ticket"} == {rule["labels"]["severity"] for rule in rules}
    assert [] == [rule["alert"] for rule in rules if not {"summary", "todo"} <= rule["annotations"].keys()]


def test_every_rule_has_its_stories() -> None:
    """One in which it is silent, and one in which it fires."""
    silent, firing = yaml.safe_load(STORIES.read_text("utf-8"))["tests"]
    names = {rule["alert"] for rule in _rules()}
    assert names == {case["alertname"] for case in silent["alert_rule_test"]}
    (case,) = firing["promql_expr_test"]
    assert names == {re.findall('"(.*?)"', sample["labels"])[0] for sample in case["exp_samples"]}


def _promtool(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)  # noqa: S607
    return done.returncode, done.stdout + done.stderr


@PROMTOOL
@pytest.mark.slow
def test_the_stories_come_out() -> None:
    """Prometheus's own evaluation of the rules, over made-up series."""
    status, said = _promtool("test", "rules", STORIES)
    assert 0 == status, said


@PROMTOOL
def test_prometheus_reads_its_settings() -> None:
    """Its configuration, and the rules, as its own tool checks them."""
    for check in (
        ("config", "--syntax-only", PROMETHEUS / "prometheus.yml"),
        ("rules", PROMETHEUS / "alerts.yml"),
    ):
        status, said = _promtool("check", *check)
        assert 0 == status, said


@PROMTOOL
def test_prometheus_reads_every_panel(tmp_path: Path) -> None:
    """Each expression of the dashboard is PromQL, once Grafana has put its own words in place."""
    rules = [
        {"record": f"panel_{at}", "expr": text.replace("$__rate_interval", "5m").replace("$job", ".+")}
        for at, text in enumerate(_expressions().values())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")
    status, said = _promtool("check", "rules", file)
    assert 0 == status, said
