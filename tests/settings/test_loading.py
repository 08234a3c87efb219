"""Settings: which source wins, what is refused and where it was set, and that no secret shows."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from polarity.errors import SettingsError
from polarity.settings import BertSettings, Settings, again_by, cache_folder, load_settings

Setter = Callable[..., None]
HIDDEN = "s3kret"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Setter:
    """Set environment variables, by their name behind the prefix, and the file."""

    def give(toml: str = "", **variables: str) -> None:
        if toml:
            (tmp_path / "polarity.toml").write_text(toml, "utf-8")
        for name, value in variables.items():
            monkeypatch.setenv(f"POLARITY_{name}", value)

    return give


def problems(flags: dict[str, Any] | None = None) -> list[str]:
    """Load settings that must be refused, and hand back the message's lines."""
    with pytest.raises(SettingsError) as caught:
        load_settings(flags)
    return str(caught.value).split("\n")


def test_defaults() -> None:
    """With nothing set, BERT answers alone, on this machine only."""
    settings = load_settings()
    assert ("bert", None, "error", "127.0.0.1") == (
        settings.backend,
        settings.contract,
        settings.on_unmapped,
        settings.service.host,
    )


def test_a_file_may_begin_with_a_byte_order_mark(given: Setter) -> None:
    """Some editors write one."""
    given('\ufeffcontract = "mine.toml"')
    assert Path("mine.toml") == load_settings().contract


def test_settings_are_not_read_anew_without_the_file_that_was_there(given: Setter, tmp_path: Path) -> None:
    """A file that is gone is an error that names it, not one without settings; where none was, none is."""
    without = again_by(load_settings)
    given('backend = "llm"')
    again = again_by(load_settings)
    assert "llm" == again().backend
    (tmp_path / "polarity.toml").unlink()
    with pytest.raises(SettingsError, match=r"the settings file is gone: 'polarity\.toml': put it back"):
        again()
    assert "bert" == without().backend


@pytest.mark.parametrize(
    ("gates", "problem"),
    [
        ('fail_under = ["agremeent=0.5"]', "fail_under: no measure 'agremeent'; known: agreement, flips, "),
        ('fail_over = ["failures=0.1"]', "fail_over: no measure 'failures'; it is failures.primary or "),
        ('fail_over = ["flips"]', "fail_over: 'flips' is not MEASURE[.SIDE][.PART]=VALUE"),
        ('fail_under = ["agreement=2"]', "fail_under: agreement=2: agreement is between 0 and 1"),
    ],
)
def test_a_gate_that_is_none_is_found_out_when_it_is_read(given: Setter, gates: str, problem: str) -> None:
    """Long before anybody promotes; flips between labels are left to who knows the contract."""
    given(f"[promotion]\n{gates}")
    (found,) = problems()
    assert found.startswith(f"promotion.{problem}")
    assert found.endswith(", from polarity.toml")
    given('[promotion]\nfail_over = ["flips.POSITIVE.NEGATIVE=0.01"]')
    assert ("flips.POSITIVE.NEGATIVE=0.01",) == load_settings().promotion.fail_over


@pytest.mark.parametrize(
    ("watch", "problem"),
    [
        ('reference = "soon"', "reference: 'soon' is no stretch of time: write FROM..TO, such as "),
        ('reference = "2026-13-01..7d"', "reference: '2026-13-01' is no time: write a date or time such as "),
        ('every = "daily"', "every: 'daily' is no length of time: write a number and s, m, h, d or w, "),
    ],
)
def test_a_time_that_is_none_is_found_out_when_it_is_read(given: Setter, watch: str, problem: str) -> None:
    """Long before anybody looks."""
    given(f"[watch]\n{watch}")
    (found,) = problems()
    assert found.startswith(f"watch.{problem}")


FLAG, VARIABLE, FILE = {"bert": {"max_length": 11}}, {"BERT__MAX_LENGTH": "22"}, "[bert]\nmax_length = 33"


@pytest.mark.parametrize(("flag", "variable", "file"), [*itertools.product([True, False], repeat=3)])
def test_precedence(given: Setter, flag: bool, variable: bool, file: bool) -> None:
    """A flag beats the environment, which beats the file, which beats the default."""
    given(FILE if file else "", **(VARIABLE if variable else {}))
    expected = 11 if flag else 22 if variable else 33 if file else 512
    assert expected == load_settings(FLAG if flag else None).bert.max_length


def test_one_section_from_all_sources(given: Setter) -> None:
    """Each key of a section comes from its own highest source; none hides its siblings."""
    given(
        "[bert]\nmax_length = 33\nbatch_tokens = 44\nthreads = 1", BERT__THREADS="2", BERT__BATCH_TOKENS="55"
    )
    bert = load_settings({"bert": {"threads": 3}}).bert
    assert (33, 55, 3, "auto") == (bert.max_length, bert.batch_tokens, bert.threads, bert.precision)


def test_section_as_json(given: Setter) -> None:
    """A section can be one JSON object; a variable of one key still beats it."""
    given("[service]\nport = 1\nmax_texts = 2", SERVICE='{"port": 3, "max_chars": 4}', SERVICE__PORT="5")
    service = load_settings().service
    assert (5, 2, 4) == (service.port, service.max_texts, service.max_chars)


def test_environment_in_any_case(given: Setter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables are known in lower case too, and an unknown one is refused in lower case too."""
    monkeypatch.setenv("polarity_backend", "both")
    assert "both" == load_settings().backend
    monkeypatch.setenv("polarity_config", "other.toml")
    given()
    assert ["polarity_config: no such setting; nearest: POLARITY_CONFIG"] == problems()


def test_file_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """POLARITY_CONFIG names the file; the one in the current folder is then not read."""
    (tmp_path / "polarity.toml").write_text('backend = "llm"')
    (tmp_path / "other.toml").write_text("[bert]\nthreads = 2")
    monkeypatch.setenv("POLARITY_CONFIG", str(tmp_path / "other.toml"))
    settings = load_settings()
    assert ("bert", 2) == (settings.backend, settings.bert.threads)


@pytest.mark.parametrize("name", ["absent.toml", "", "."])
def test_named_file_must_exist(given: Setter, name: str) -> None:
    """A file that is named but is not there is an error; only the default one may be missing."""
    given(CONFIG=name)
    assert [f"POLARITY_CONFIG: no such file: {str(Path(name))!r}"] == problems()


@pytest.mark.parametrize(
    ("toml", "variables", "flags", "expected"),
    [
        ("", {"BCKEND": "x"}, {}, ["POLARITY_BCKEND: no such setting; nearest: POLARITY_BACKEND"]),
        (
            "",
            {"LLM__NOPE": "x", "A": "1"},
            {},
            ["POLARITY_A: no such setting", "POLARITY_LLM__NOPE: no such setting"],
        ),
        ("", {"BACKEND__X": "x"}, {}, ["POLARITY_BACKEND__X: no such setting"]),
        (
            "",
            {"LLM_BASE_URL": "x"},
            {},
            ["POLARITY_LLM_BASE_URL: no such setting; nearest: POLARITY_LLM__BASE_URL"],
        ),
        (
            "",
            {"BERT__THREADS__X": "x"},
            {},
            ["POLARITY_BERT__THREADS__X: no such setting; nearest: POLARITY_BERT__THREADS"],
        ),
        ('backnd = "both"', {}, {}, ["backnd: no such setting, from polarity.toml; nearest: backend"]),
        (
            "[llm]\ntemprature = 1",
            {},
            {},
            ["llm.temprature: no such setting, from polarity.toml; nearest: llm.temperature"],
        ),
        ("[bert]\nx = 1", {}, {}, ["bert.x: no such setting, from polarity.toml"]),
        ("[berta]\nx = 1", {}, {}, ["berta: no such setting, from polarity.toml; nearest: bert"]),
        ("", {"LLM": '{"nope": 1}'}, {}, ["llm.nope: no such setting, from POLARITY_LLM"]),
        (
            "",
            {"LLM": '{"nope": 1}', "LLM__MODEL": "m"},
            {},
            ["llm.nope: no such setting, from POLARITY_LLM"],
        ),
        ("", {}, {"nope": 1}, ["nope: no such setting, from a flag"]),
        ("", {}, {"bert": {"nope": 1}}, ["bert.nope: no such setting, from a flag"]),
    ],
)
def test_unknown_keys(
    given: Setter, toml: str, variables: dict[str, str], flags: dict[str, Any], expected: list[str]
) -> None:
    """A misspelt key is refused by name, wherever it stands, with the nearest, if one is near."""
    given(toml, **variables)
    assert expected == problems(flags)


@pytest.mark.parametrize(
    ("toml", "variables", "flags", "key", "got"),
    [
        ("", {"BACKEND": "x"}, {}, "backend", "(got 'x'), from POLARITY_BACKEND"),
        ('backend = "x"', {}, {}, "backend", "(got 'x'), from polarity.toml"),
        ("", {}, {"backend": "x"}, "backend", "(got 'x'), from a flag"),
        ('backend = "x"', {"BACKEND": "y"}, {}, "backend", "(got 'y'), from POLARITY_BACKEND"),
        ("", {"BERT__THREADS": "0"}, {}, "bert.threads", "(got '0'), from POLARITY_BERT__THREADS"),
        ("", {"BERT__THREADS": ""}, {}, "bert.threads", "(got ''), from POLARITY_BERT__THREADS"),
        ("", {"BERT": '{"threads": "x"}'}, {}, "bert.threads", "(got 'x'), from POLARITY_BERT"),
        (
            "",
            {"BERT": '{"threads": 1}', "BERT__THREADS": "x"},
            {},
            "bert.threads",
            "(got 'x'), from POLARITY_BERT__THREADS",
        ),
        ("[llm]\nmodel = 3", {"LLM__RETRIES": "1"}, {}, "llm.model", "(got 3), from polarity.toml"),
        ("[llm]\ntemperature = nan", {}, {}, "llm.temperature", "(got nan), from polarity.toml"),
        ("[service]\nport = 70000", {}, {}, "service.port", "(got 70000), from polarity.toml"),
    ],
)
def test_bad_values(
    given: Setter, toml: str, variables: dict[str, str], flags: dict[str, Any], key: str, got: str
) -> None:
    """A bad value is shown with its key and the source that won."""
    given(toml, **variables)
    (line,) = problems(flags)
    assert line.startswith(f"{key}: ")
    assert line.endswith(f" {got}")


@pytest.mark.parametrize("blank", ["", " \t"])
@pytest.mark.parametrize(
    ("name", "key"),
    [("CONTRACT", "contract"), ("BERT__CHECKPOINT", "bert.checkpoint"), ("LLM__GGUF", "llm.gguf")],
)
def test_a_blank_names_no_file(given: Setter, name: str, key: str, blank: str) -> None:
    """A blank is neither the current folder nor the default."""
    given(**{name: blank})
    assert [f"{key}: is blank: leave it out for the default, from POLARITY_{name}"] == problems()


@pytest.mark.parametrize(
    ("toml", "variables"),
    [
        ("[service]\nport = true", {}),
        ("[service]\nport = false", {}),
        ("", {"SERVICE": '{"port": true}'}),
    ],
)
def test_true_is_no_number(given: Setter, toml: str, variables: dict[str, str]) -> None:
    """A truth value is refused where a number is meant."""
    given(toml, **variables)
    (line,) = problems()
    assert line.startswith("service.port: is neither true nor false, from ")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LLM__API_KEY": "  "}, "llm.api_key: is blank, from POLARITY_LLM__API_KEY"),
        (
            {"SERVICE__API_KEYS": '["a", "  "]'},
            "service.api_keys.1: is blank, from POLARITY_SERVICE__API_KEYS",
        ),
    ],
)
def test_a_key_is_more_than_blanks(given: Setter, variables: dict[str, str], expected: str) -> None:
    """A key of blanks only is a mistake, not a key."""
    given(**variables)
    assert [expected] == problems()


def test_an_empty_key_is_none(given: Setter) -> None:
    """The LLM's key may be empty: a server on this machine wants none."""
    given(LLM__API_KEY="")
    assert "" == load_settings().llm.api_key.get_secret_value()


def test_every_problem_is_listed(given: Setter) -> None:
    """One attempt shows all that is wrong."""
    given('backend = "x"\n[bert]\nthreads = 0')
    assert ["backend", "bert.threads"] == [line.split(":")[0] for line in problems()]


@pytest.mark.parametrize("content", [b"backend = ", b"\xff\xfe", b'backend = "bert"\nbackend = "llm"'])
def test_file_is_not_toml(tmp_path: Path, content: bytes) -> None:
    """A broken file is refused by its name."""
    (tmp_path / "polarity.toml").write_bytes(content)
    (line,) = problems()
    assert line.startswith("polarity.toml: not TOML: ")


@pytest.mark.parametrize(
    ("llm", "problem"),
    [
        ({"server": "remote"}, "llm: server = 'remote' needs base_url"),
        (
            {"base_url": "http://llm.test/v1"},
            "llm: base_url is set but server = 'embedded': set server = 'remote'",
        ),
        (
            {"server": "remote", "base_url": f"http://me:{HIDDEN}@llm.test/v1"},
            "llm: base_url holds credentials: set api_key",
        ),
    ],
)
def test_contradictions(llm: dict[str, str], problem: str) -> None:
    """Settings that contradict each other are refused together, not guessed at."""
    assert [problem] == problems({"llm": llm})


@pytest.mark.parametrize("in_file", [True, False])
def test_labels_of_a_checkpoint(given: Setter, in_file: bool) -> None:
    """A table of the file, or a JSON object in a variable; said in one line for reports."""
    if in_file:
        given('[bert.labels]\nLABEL_0 = "NEGATIVE"\n"5 stars" = "POSITIVE"')
    else:
        given(BERT__LABELS='{"LABEL_0": "NEGATIVE", "5 stars": "POSITIVE"}')
    assert "LABEL_0 = NEGATIVE, 5 stars = POSITIVE" == load_settings().bert.labels_said


def test_what_goes_with_every_request(given: Setter) -> None:
    """Tables of the file, or JSON objects in variables; headers are secrets."""
    given(
        "[llm.extra_body]\nseed = 7\nchat_template_kwargs = { enable_thinking = false }",
        LLM__EXTRA_HEADERS=f'{{"X-Gateway": "{HIDDEN}"}}',
    )
    llm = load_settings().llm
    assert {"seed": 7, "chat_template_kwargs": {"enable_thinking": False}} == llm.extra_body
    assert HIDDEN == llm.extra_headers["X-Gateway"].get_secret_value()
    assert HIDDEN not in f"{llm!r} {llm.model_dump_json()}"


def test_list_from_the_environment_is_json(given: Setter) -> None:
    """A list in a variable is a JSON array."""
    given(SERVICE__API_KEYS='["a", "b,c"]')
    assert ["a", "b,c"] == [key.get_secret_value() for key in load_settings().service.api_keys]


@pytest.mark.parametrize(
    ("variables", "start"),
    [
        ({"SERVICE__API_KEYS": HIDDEN}, "POLARITY_SERVICE__API_KEYS: not a JSON array"),
        ({"SERVICE__API_KEYS": f'["{HIDDEN}"'}, "POLARITY_SERVICE__API_KEYS: not a JSON array"),
        ({"SERVICE__API_KEYS": f'"{HIDDEN}"'}, "POLARITY_SERVICE__API_KEYS: not a JSON array"),
        ({"SERVICE__API_KEYS": f'{{"a": "{HIDDEN}"}}'}, "POLARITY_SERVICE__API_KEYS: not a JSON array"),
        ({"SERVICE__API_KEYS": ""}, "POLARITY_SERVICE__API_KEYS: not a JSON array"),
        ({"SERVICE__API_KEYS": "[" * 100_000}, "POLARITY_SERVICE__API_KEYS: not a JSON array"),
        ({"SERVICE__API_KEYS": f'["{HIDDEN}", {{"{HIDDEN}": 1}}]'}, "service.api_keys.1: "),
        ({"SERVICE__API_KEYS": f'["{HIDDEN}", ""]'}, "service.api_keys.1: "),
        ({"LLM__EXTRA_HEADERS": HIDDEN}, "POLARITY_LLM__EXTRA_HEADERS: not a JSON object"),
        ({"LLM__EXTRA_HEADERS": f'{{"X-A": ["{HIDDEN}"]}}'}, "llm.extra_headers.X-A: "),
        ({"LLM__EXTRA_HEADERS": f'{{"X-A": "{HIDDEN}\\n"}}'}, "llm.extra_headers: the value of 'X-A'"),
        ({"LLM__EXTRA_HEADERS": f'{{"X A": "{HIDDEN}"}}'}, "llm.extra_headers: 'X A' is no name"),
        ({"LLM__EXTRA_BODY": f'["{HIDDEN}"]'}, "POLARITY_LLM__EXTRA_BODY: not a JSON object"),
        (
            {"LLM__EXTRA_BODY": f'{{"stop": "{HIDDEN}"}}'},
            "llm.extra_body: 'stop' is prompt.stop of the contract",
        ),
        ({"SERVICE": f'{{"api_keys": "{HIDDEN}"}}'}, "service.api_keys: "),
        ({"SERVICE": f'["{HIDDEN}"]'}, "POLARITY_SERVICE: not a JSON object"),
        ({"LLM": f'{{"api_key": "{HIDDEN}"'}, "POLARITY_LLM: not a JSON object"),
        ({"LLM": f'"{HIDDEN}"', "LLM__MODEL": "m"}, "POLARITY_LLM: not a JSON object"),
        ({"LLM": f'{{"api_key": ["{HIDDEN}"]}}'}, "llm.api_key: "),
        ({"LLM__API_KEY": HIDDEN, "LLM__SERVER": "remote"}, "llm: server = 'remote' needs base_url"),
        (
            {"LLM__BASE_URL": f"ftp://me:{HIDDEN}@llm.test", "LLM__SERVER": "remote"},
            "llm.base_url: URL scheme should be 'http' or 'https', from POLARITY_LLM__BASE_URL",
        ),
        ({"LLM__BASE_URL": HIDDEN}, "llm.base_url: should be a valid URL"),
        ({"LLM": f'{{"base_url": ["{HIDDEN}"]}}'}, "llm.base_url: "),
    ],
)
def test_refused_without_showing_a_secret(given: Setter, variables: dict[str, str], start: str) -> None:
    """What is malformed is refused in one sentence that never holds a secret."""
    given(**variables)
    (line,) = problems()
    assert line.startswith(start)
    assert HIDDEN not in line


@pytest.mark.parametrize(
    "toml",
    [
        f'llm = "{HIDDEN}"',
        f'llm = [{{ api_key = "{HIDDEN}" }}]',
        f'[llm]\napi_key = ["{HIDDEN}"]',
        f'[service]\napi_keys = "{HIDDEN}"',
        f'[service]\napi_keys = [["{HIDDEN}"]]',
    ],
)
def test_no_secret_of_the_file_shows(given: Setter, toml: str) -> None:
    """The same holds for the file."""
    given(toml)
    assert HIDDEN not in "\n".join(problems())


@pytest.mark.parametrize("show", [repr, str, lambda settings: settings.model_dump_json()])
def test_secrets_are_masked(given: Setter, show: Callable[[Settings], str]) -> None:
    """However settings are printed, their secrets are stars."""
    given(LLM__API_KEY=HIDDEN, SERVICE__API_KEYS=f'["{HIDDEN}"]')
    settings = load_settings()
    assert HIDDEN == settings.llm.api_key.get_secret_value()
    assert HIDDEN not in show(settings)
    assert "**" in show(settings)


def test_every_key_can_be_set_in_the_environment(given: Setter, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of any section is taken for an unknown variable."""
    sections = {name: value for name, value in load_settings() if isinstance(value, BaseModel)}
    assert {"bert", "llm", "promotion", "review", "service", "shadow", "store", "watch"} == set(sections)
    given()
    for name, section in sections.items():
        for key in type(section).model_fields:
            monkeypatch.setenv(f"POLARITY_{name}__{key}".upper(), "\ud7ff")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "no such setting" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("/c", "/c/polarity"), ("", "/h/.cache/polarity"), ("c", "/h/.cache/polarity")],
)
def test_the_cache_is_the_platforms(monkeypatch: pytest.MonkeyPatch, given: str, expected: str) -> None:
    """XDG_CACHE_HOME names it if it is an absolute path; else it is in the home folder."""
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert Path(expected) == cache_folder()


@pytest.mark.parametrize(("given", "expected"), [("/c", "/c"), ("c", "c"), (" ", "/h/.cache/polarity")])
def test_the_cache_can_be_named(monkeypatch: pytest.MonkeyPatch, given: str, expected: str) -> None:
    """POLARITY_CACHE is the whole folder, before the platform's, and no unknown setting; a blank is none."""
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("POLARITY_CACHE", given)
    load_settings()
    assert Path(expected) == cache_folder()


def test_a_checkpoint_is_called_by_its_name(tmp_path: Path) -> None:
    """Callers hear the folder's name or the hub's id, and nothing of where on this machine it lies."""
    (tmp_path / "mine").mkdir()
    here = BertSettings(checkpoint=f"{tmp_path}/./mine/")
    assert ("mine", f"{tmp_path}/./mine/") == (here.model, here.source)
    assert ("org/model", "org/model") == (
        BertSettings(checkpoint="org/model").model,
        BertSettings(checkpoint="org/model").source,
    )
    assert ("packaged checkpoint", True) == (BertSettings().model, Path(BertSettings().source).is_dir())
    assert (BertSettings().model, BertSettings().source) == (
        BertSettings(checkpoint="packaged").model,
        BertSettings(checkpoint="packaged").source,
    )
