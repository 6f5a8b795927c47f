"""The built wheel in an empty environment, the unpacked sdist, and the versions that builds and installs take."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import costmodel as cm

CHECKOUT = Path(__file__).parents[1]

LOAD_EVERYTHING = """
import costmodel as cm
print(cm.__file__)
models = [cm.load_model(name).id for name in cm.models()]
accelerators = [cm.load_accelerator(name).id for name in cm.accelerators()]
print(*models, *accelerators)
cost = cm.cheapest(
    cm.Scenario(model="step-3", accelerators=["h20", "h800"], workload=cm.Workload(context=8192))
).pair
print(f"{cost.attention:.3f} {cost.ffn:.3f}")
"""


def built(kind: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return next(folder.glob("afd_explorer-*"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an unpacked sdist."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built("sdist", folder)) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def test_installed_wheel_loads_every_preset(wheel: Path, tmp_path: Path) -> None:
    environment, empty = tmp_path / "environment", tmp_path / "empty"
    empty.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", "--quiet", wheel]
    subprocess.run(install, check=True, capture_output=True)
    # Dependencies come from this environment, behind the wheel's own folder; without them a network would be needed.
    packages = next(environment.glob("lib/python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    run = subprocess.run(
        [python, "-W", "error", "-c", LOAD_EVERYTHING],
        capture_output=True,
        text=True,
        check=False,
        cwd=empty,
        env={"PYTHONNOUSERSITE": "1", "PATH": ""},
    )
    assert run.returncode == 0, run.stderr
    home, names, costs = run.stdout.splitlines()
    assert Path(home).is_relative_to(environment)
    assert names.split() == cm.models() + cm.accelerators()
    assert costs == "0.040 0.015"
    command = [environment / "bin" / "costmodel", "cost", "--on", "h20,h800", "--csv"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=empty)
    assert "cost,,0.0550" in run.stdout


def test_wheel_holds_library_presets_and_licence_and_no_app(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"costmodel", next(top for top in tops if top.endswith(".dist-info"))}
    assert {"costmodel/py.typed", "costmodel/__init__.pyi"} <= set(names)
    presets = {path.relative_to(CHECKOUT / "presets").as_posix() for path in (CHECKOUT / "presets").rglob("*.*")}
    assert presets == {name.removeprefix("costmodel/_presets/") for name in names if "/_presets/" in name}
    assert {"models/step-3.toml", "paper/table_6.csv"} <= presets
    licence = next(name for name in names if name.endswith("licenses/LICENSE"))
    assert b"Apache License" in zipfile.ZipFile(wheel).read(licence)


def test_sdist_holds_every_tracked_file(unpacked: Path) -> None:
    if not (CHECKOUT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    tracked = {name for name in listed.stdout.splitlines() if (CHECKOUT / name).exists()}
    assert tracked <= {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")}


def test_sdist_runs_its_own_tests(unpacked: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/costmodel/validation", "tests/app"]
    command += ["-k", "reproduction or api"]
    run = subprocess.run(
        command,
        cwd=unpacked,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_build_backend_is_pinned_to_the_locked_version() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    (backend,) = project["build-system"]["requires"]
    assert backend in (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert backend in project["project"]["optional-dependencies"]["dev"]


def test_the_lock_file_holds_names_and_versions_only() -> None:
    lines = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line) for line in locked)


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    wanted = {re.split(r"[\[<>=~ ;]", name)[0].lower() for name in named} - {project["name"]}
    lines = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert wanted <= {line.partition("==")[0].lower() for line in lines}


def test_continuous_integration_runs_what_a_developer_runs() -> None:
    script = CHECKOUT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").splitlines()[-1] == "make test"


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"version: {version}\n" in (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## [{version}]" in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
