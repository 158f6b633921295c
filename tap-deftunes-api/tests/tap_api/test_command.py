from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.helpers.capabilities import FLATTENING_CONFIG, STREAM_MAPS_CONFIG

from tap_deftunes_api.tap import TapDeftunesApi

from . import api as fault
from .api import PurchaseApi
from .rows import published, session, user
from .run import COMMAND, catalog_of, command, environment, parse, run, sync, write

Config = dict[str, Any]

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.slow


def complaints(stderr: str) -> list[str]:
    """What the log holds beyond information."""
    return [line for line in stderr.splitlines() if "| INFO " not in line]


def test_the_process_writes_what_a_sync_in_this_process_writes(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    api.rows = {"/users": published("users"), "/sessions": published("sessions")}
    done = run(tmp_path, config | {"end_date": "2023-12-31"})
    assert (done.status, complaints(done.error)) == (0, [])
    expected = sync(config | {"end_date": "2023-12-31"})
    for stream in ("users", "sessions", "session_items"):
        assert done.records(stream) == expected.records(stream)
    assert done.states == expected.states


def test_a_run_resumes_from_a_state_file_and_obeys_a_catalog_file(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    api.rows["/users"] = [user("2020-01-05T10:00:00", "old"), user("2020-04-05T10:00:00", "new")]
    catalog = write(tmp_path / "catalog.json", catalog_of("users"))
    state = write(tmp_path / "state.json", sync(config | {"end_date": "2020-03-31"}).states[-1])
    done = run(tmp_path, config, "--state", state, "--catalog", catalog)
    assert done.ids("users", "user_id") == ["new"]
    assert sorted(api.windows_asked("/users"))[-2:] == ["2020-03-31", "2020-04-01"]
    assert {m["stream"] for m in done.messages if m["type"] != "STATE"} == {"users"}


def test_a_fault_is_one_sentence_without_a_traceback(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    api.rows["/sessions"] = [session("2020-01-05T10:00:00")]
    api.fail("/sessions", "2020-02-01", fault.status(422))
    done = run(tmp_path, config)
    assert done.status == 1
    (sentence,) = complaints(done.error)
    assert "| CRITICAL |" in sentence
    assert "GET http" in sentence
    assert "2020-02-01..2020-02-29 was refused with HTTP 422" in sentence
    assert len(done.states) == 1
    assert done.ids() == ["session-2020-01-05T10:00:00"]


def test_a_wrong_setting_is_one_sentence(config: Config, tmp_path: Path) -> None:
    for mode in ([], ["--test"]):
        done = run(tmp_path, config | {"window": "fortnight"}, *mode)
        assert done.status == 1
        (sentence,) = complaints(done.error)
        assert "'fortnight' is not one of ['day', 'week', 'month']" in sentence
        assert done.messages == []


def test_settings_are_read_from_the_environment(api: PurchaseApi) -> None:
    done = command(
        "--config",
        "ENV",
        TAP_DEFTUNES_API_API_URL=api.url,
        TAP_DEFTUNES_API_END_DATE="2020-01-31",
        TAP_DEFTUNES_API_MAX_CONNECTIONS="1",
    )
    assert done.returncode == 0
    assert [params["end_date"] for _, params, _ in api.asked] == ["2020-02-01"] * 2


def test_a_setting_of_the_wrong_type_in_the_environment_is_one_sentence() -> None:
    done = command("--config", "ENV", TAP_DEFTUNES_API_PAGE_SIZE="many")
    assert done.returncode == 1
    (sentence,) = complaints(done.stderr)
    assert "A setting in the environment is not of its type" in sentence
    assert "'many'" in sentence


@pytest.mark.parametrize(
    ("content", "option", "status"), [("{", "--config", 2), ("{", "--state", 1)]
)
def test_a_file_that_is_not_json_is_told(
    config: Config, tmp_path: Path, content: str, option: str, status: int
) -> None:
    (tmp_path / "broken.json").write_text(content)
    done = run(tmp_path, config, option, str(tmp_path / "broken.json"))
    assert done.status == status
    assert "JSON" in done.error
    assert "Traceback" not in done.error


def test_discovery_needs_neither_network_nor_configuration() -> None:
    done = command("--discover")
    assert (done.returncode, complaints(done.stderr)) == (0, [])
    streams = {entry["stream"]: entry for entry in json.loads(done.stdout)["streams"]}
    keys = {name: (s["key_properties"], s["replication_key"]) for name, s in streams.items()}
    assert keys == {
        "users": (["user_id"], "user_since"),
        "sessions": (["session_id"], "session_start_time"),
        "session_items": (["session_id", "item_index"], "session_start_time"),
    }
    nested = {tuple(m["breadcrumb"]): m["metadata"] for m in streams["sessions"]["metadata"]}
    assert nested["properties", "session_items"]["selected-by-default"] is False
    for stream in streams.values():
        for definition in stream["schema"]["properties"].values():
            assert definition["description"]


def test_the_connection_test_makes_one_small_request_per_endpoint(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    days = [f"2020-01-01T{hour:02d}:00:00" for hour in range(24)]
    api.rows = {"/users": [user(d) for d in days], "/sessions": [session(d) for d in days]}
    done = run(tmp_path, config, "--test")
    assert done.status == 0
    assert done.states == []  # a test loads nothing, so it completes nothing
    for stream in ("users", "sessions", "session_items"):
        assert len(done.records(stream)) == 1
    assert sorted((path, p["start_date"], p["end_date"]) for path, p, _ in api.asked) == [
        ("/sessions", "2020-01-01", "2020-01-02"),
        ("/users", "2020-01-01", "2020-01-02"),
    ]


def test_the_connection_test_tells_when_the_api_is_not_there(tmp_path: Path) -> None:
    done = run(tmp_path, {"api_url": "http://127.0.0.1:1", "max_retries": 0}, "--test")
    assert done.status == 1
    (sentence,) = complaints(done.error)
    assert "GET http://127.0.0.1:1/sessions" in sentence
    assert "See that the API is well and api_url is right" in sentence


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_in_the_middle_of_a_window_writes_no_state(
    api: PurchaseApi, config: Config, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    api.rows["/sessions"] = [session("2020-01-05T10:00:00"), session("2020-02-05T10:00:00")]
    api.fail("/sessions", "2020-02-01", fault.never)
    process = start(tmp_path, config | {"max_connections": 2})
    assert process.stdout is not None
    read: list[str] = []
    while not read or '"STATE"' not in read[-1]:
        read.append(process.stdout.readline())
    api.wait_until_asked(3)
    process.send_signal(number)
    rest, stderr = ending(process)
    assert process.returncode == status
    assert rest == ""
    assert [m["type"] for m in parse("".join(read))].count("STATE") == 1
    (sentence,) = complaints(stderr)
    assert f"Stopped by {number.name}" in sentence


def test_a_signal_among_the_records_of_a_window_writes_no_state(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    # More records than pipe and buffers hold: the tap is stuck writing them when the signal comes.
    api.rows["/sessions"] = [session("2020-01-05T10:00:00", f"s{n}") for n in range(2000)]
    process = start(tmp_path, config)
    assert process.stdout is not None
    while '"RECORD"' not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGTERM)
    rest, _ = ending(process)
    assert process.returncode == 143
    assert '"STATE"' not in rest
    assert len(rest.splitlines()) < 2000
    assert parse(rest)[-1]["type"] == "RECORD"  # a whole line, not half a message


def start(tmp_path: Path, config: Config) -> subprocess.Popen[str]:
    path = write(tmp_path / "config.json", config)
    return subprocess.Popen(
        [str(COMMAND), "--config", path],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ending(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process still writes until it ends (`communicate` would skip what was read ahead)."""
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        return process.stdout.read(), process.stderr.read()


def test_a_target_that_goes_away_is_told_in_one_sentence(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    api.waits_for["2020-01-01"] = 2
    process = start(tmp_path, config | {"max_connections": 2})
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 1
    (sentence,) = complaints(stderr)
    assert "The target stopped reading" in sentence


def test_no_secret_and_nothing_personal_is_logged_at_any_level(
    api: PurchaseApi, config: Config, tmp_path: Path
) -> None:
    api.rows["/users"] = [user("2020-01-05T10:00:00"), user("2020-03-05T10:00:00")]
    api.rows["/sessions"] = [session("2020-01-05T10:00:00")]
    api.fail("/users", "2020-02-01", fault.status(503), fault.cut_off)
    api.rows["/users"] += [user("2020-04-05T10:00:00", user_name=["Ada"])]
    done = run(tmp_path, config | {"auth_token": "s3cret"}, LOGLEVEL="DEBUG")
    assert done.status == 1
    assert "user_name is not text" in done.error
    assert "| DEBUG" in done.error
    for hidden in ("s3cret", "Ada", "Secretperson", "Secretbrowser", "Skövde", "51.168", "3 Cards"):
        assert hidden not in done.error
    state = json.dumps(done.states)
    assert not any(hidden in state for hidden in ("s3cret", "Ada", "Secretperson", "51.168"))


def test_the_readme_lists_the_settings_as_they_are_declared() -> None:
    ours = [
        (name, setting)
        for name, setting in TapDeftunesApi.config_jsonschema["properties"].items()
        if name not in {**STREAM_MAPS_CONFIG["properties"], **FLATTENING_CONFIG["properties"]}
    ]
    required = TapDeftunesApi.config_jsonschema["required"]
    table = [
        f"| `{name}` | {'required' if name in required else _default(setting)} "
        f"| {setting['description']} |"
        for name, setting in ours
    ]
    readme = README.read_text(encoding="utf-8")
    assert [line for line in readme.splitlines() if line.startswith("| `")] == table


def _default(setting: dict[str, Any]) -> str:
    return f"`{setting['default']}`" if "default" in setting else "none"


def test_about_tells_the_settings() -> None:
    about = json.loads(command("--about", "--format", "json").stdout)
    assert set(TapDeftunesApi.config_jsonschema["properties"]) == set(
        about["settings"]["properties"]
    )
    assert about["settings"]["properties"]["auth_token"]["secret"] is True


def test_the_tap_knows_nothing_of_its_neighbours() -> None:
    code = "import sys, tap_deftunes_api.tap; print(*sys.modules)"
    python = COMMAND.with_name("python")
    done = subprocess.run(
        [str(python), "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"deftunes_sandbox", "target_s3", "deftunes_report"}
    assert "pyarrow" not in loaded  # which costs a run by RECORDs nothing
    assert os.fspath(COMMAND).endswith("tap-deftunes-api")
