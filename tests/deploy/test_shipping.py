"""What polarity is shipped with: an image, its companions, a systemd unit."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from polarity.settings import load_settings
from polarity.settings.schema import FILE_VARIABLE

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd" / "polarity.service"
KEYS = {"POLARITY_KEY": "k" * 48, "POSTGRES_PASSWORD": "p" * 48, "GRAFANA_PASSWORD": "g" * 24}
SYSTEMD = pytest.mark.skipif(which("systemd-analyze") is None, reason="systemd-analyze is not here")
EXPOSED_AT_MOST = 15  # tenths; what is not set says in the unit why
Stages = dict[str, list[tuple[str, str]]]


def _stages() -> Stages:
    """Give the instructions of each stage of the Containerfile, the stages that it is made from before."""
    whole = re.sub(r"\\\n\s*", " ", (DEPLOY / "Containerfile").read_text("utf-8"))
    lines = [line for line in whole.splitlines() if line and not line.startswith("#")]
    found: Stages = {}
    own: list[tuple[str, str]] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            own = found[name] = [*found.get(base, [])]
        elif found:
            own.append((word, rest))
    return found


def _compose() -> dict[str, Any]:
    """Read the compose file, with the values that its head says to make."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(
        re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", lambda found: KEYS[found[1]], text)
    )
    return found


def _settings_of(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> Any:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def _environment(stage: str) -> dict[str, str]:
    pairs = [pair for word, rest in _stages()[stage] if word == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


@pytest.mark.parametrize("stage", ["torch", "onnxruntime"])
def test_an_image_runs_as_nobody_without_tools(stage: str) -> None:
    """By number, so that a cluster can see it; nothing that installs or compiles is in a layer of it."""
    instructions = _stages()[stage]
    assert ["10001:10001"] == [rest for word, rest in instructions if word == "USER"]
    run = " ".join(rest for word, rest in instructions if word == "RUN")
    assert not re.search(r"\bpip\b|python3-(pip|venv|dev)|gcc|build-essential", run)
    assert {"CMD", "HEALTHCHECK", "STOPSIGNAL"} <= {word for word, _ in instructions}


def test_torch_is_what_is_built_unless_another_is_asked_for() -> None:
    """The last stage is the default; the other has no torch, and a network that was made for its runtime."""
    assert "torch" == [*_stages()][-1]
    extras = [rest for word, rest in _stages()["with-onnxruntime"] if word == "ARG"]
    assert ["EXTRAS=onnxruntime,postgres,spans"] == extras


def test_what_is_copied_is_there_and_is_sent_to_who_builds() -> None:
    """All but the texts, which are the builder's own."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    sources = [
        source
        for instructions in _stages().values()
        for word, rest in instructions
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert [] == [source for source in sources if not any(fnmatch(source, name) for name in kept)]
    assert {"deploy/texts"} == {source for source in sources if not (ROOT / source).exists()}


@pytest.mark.parametrize("stage", ["torch", "onnxruntime"])
def test_the_images_variables_are_settings(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """A name that is misspelt would end the container at its start."""
    ours = {name: value for name, value in _environment(stage).items() if name.startswith("POLARITY_")}
    settings = _settings_of(monkeypatch, ours)
    assert ("0.0.0.0", 8000, "json") == (  # noqa: S104 - within a container
        settings.service.host,
        settings.service.port,
        settings.service.log_format,
    )


def test_the_composed_service_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its variables are settings: a key, and the store in the PostgreSQL beside it."""
    services = _compose()["services"]
    settings = _settings_of(monkeypatch, services["polarity"]["environment"])
    postgres = services["postgres"]["environment"]
    assert [KEYS["POLARITY_KEY"]] == [key.get_secret_value() for key in settings.service.api_keys]
    assert settings.store.enabled
    assert settings.store.url.get_secret_value() == (
        f"postgresql://{postgres['POSTGRES_USER']}:{postgres['POSTGRES_PASSWORD']}@postgres/{postgres['POSTGRES_DB']}"
    )


def test_the_composed_service_may_do_little() -> None:
    """Nothing of its root is written, nothing is gained, and nobody outside this machine reaches a port."""
    services = _compose()["services"]
    own = services["polarity"]
    assert (True, ["ALL"], ["no-new-privileges:true"]) == (
        own["read_only"],
        own["cap_drop"],
        own["security_opt"],
    )
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ["127.0.0.1:8000:8000", "127.0.0.1:3000:3000"] == ports


def test_what_is_mounted_is_there() -> None:
    """Each file that a companion is given lies in deploy/, and each volume is declared."""
    composed = _compose()
    mounts = [
        mount.split(":") for service in composed["services"].values() for mount in service.get("volumes", [])
    ]
    assert mounts
    named = {source for source, *_ in mounts if not source.startswith(".")}
    assert set(composed["volumes"]) == named
    assert [] == [
        source for source, *_ in mounts if source.startswith(".") and not (DEPLOY / source).exists()
    ]


def test_grafana_finds_the_dashboard_and_its_source() -> None:
    """It looks into the folder where the dashboard is mounted, and asks the Prometheus beside it."""
    provisioning = DEPLOY / "grafana" / "provisioning"
    board = yaml.safe_load((provisioning / "dashboards" / "polarity.yml").read_text("utf-8"))
    source = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text("utf-8"))
    mounted = [mount.split(":")[1] for mount in _compose()["services"]["grafana"]["volumes"]]
    assert f"{board['providers'][0]['options']['path']}/polarity.json" in mounted
    assert "http://prometheus:9090" == source["datasources"][0]["url"]


def test_prometheus_asks_the_composed_service_with_its_key() -> None:
    """By its name and port, with the secret that the compose file hands it."""
    (job,) = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    secrets = _compose()["services"]["prometheus"]["secrets"]
    assert f"/run/secrets/{secrets[0]}" == job["authorization"]["credentials_file"]
    (found,) = job["dns_sd_configs"]
    assert (["polarity"], 8000) == (found["names"], found["port"])


def test_the_units_variables_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What begins with POLARITY_ is known."""
    lines = re.findall(r"^Environment=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE)
    pairs = [pair.split("=", 1) for line in lines for pair in line.split()]
    ours = {name: value for name, value in pairs if name.startswith("POLARITY_") and name != FILE_VARIABLE}
    assert "json" == _settings_of(monkeypatch, ours).service.log_format


def test_a_store_that_the_settings_name_without_a_folder_lies_where_the_unit_may_write() -> None:
    """The service works in its state; the settings lie elsewhere, where it may not."""
    unit = UNIT.read_text("utf-8")
    assert "WorkingDirectory=%S/polarity\n" in unit
    assert "StateDirectory=polarity\n" in unit
    assert "Environment=POLARITY_CONFIG=/etc/polarity/polarity.toml\n" in unit


@SYSTEMD
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Without a word, where what it starts is there."""
    unit = tmp_path / "polarity.service"
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/polarity/bin/polarity", sys.executable), "utf-8")
    line = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


@SYSTEMD
def test_the_unit_exposes_little() -> None:
    """By systemd's own measure, of 0 to 10, and its threshold."""
    line = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSED_AT_MOST}", str(UNIT)]
    done = subprocess.run(
        line, capture_output=True, text=True, check=False, env=os.environ | {"SYSTEMD_PAGER": ""}
    )
    assert 0 == done.returncode, done.stdout
