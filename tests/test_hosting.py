"""Dockerfile and compose.yaml: they agree with the Procfile, the Makefile, the checkout, and each other.

`make image-check` carries out the steps of the Dockerfile, which takes minutes.
"""

import re
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from app.api.routes import ROUTES
from tests.image import Step, steps
from tests.served import CHECKOUT, web_command

DOCKERFILE = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
STEPS = steps(DOCKERFILE)
LAST_STAGE = STEPS[max(place for place, (kind, _) in enumerate(STEPS) if kind == "FROM") :]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "compose.yaml").read_text(encoding="utf-8"))
GUIDE = (CHECKOUT / "docs" / "howto" / "host-it.md").read_text(encoding="utf-8")
IMAGES = [argument.split()[0] for kind, argument in STEPS if kind == "FROM"]
IMAGES += [service["image"] for service in COMPOSE["services"].values()]


def given(kind: str, stage: list[Step] = LAST_STAGE) -> str:
    """The one argument of an instruction."""
    (found,) = (argument for name, argument in stage if name == kind)
    return found


def variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in given("ENV").split())


def test_the_image_starts_the_command_of_the_procfile() -> None:
    assert given("CMD") == f"exec {web_command()}"


def test_the_image_listens_where_make_run_does() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    port = re.search(r"^PORT \?= (\d+)$", makefile, re.MULTILINE)
    assert port is not None
    assert variables()["PORT"] == given("EXPOSE") == port[1]


def test_the_image_does_not_run_as_root() -> None:
    user, group = given("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_the_health_check_asks_an_address_of_the_server() -> None:
    path = re.search(r"\}(/\w+)'", given("HEALTHCHECK"))
    assert path is not None
    assert path[1] in [route.path for route in ROUTES]


def test_everything_that_is_copied_exists_and_is_not_ignored() -> None:
    ignored = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        source
        for kind, argument in STEPS
        if kind == "COPY" and not argument.startswith("--from")
        for source in argument.split()[:-1]
    }
    assert {name for name in copied if not (CHECKOUT / name).exists()} == set()
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert "*" in ignored


def test_both_python_stages_are_one_version_that_is_supported() -> None:
    bases = {image for image in IMAGES if image.startswith("python:")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[123]-slim", bases.pop())


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_named_without_a_registry(image: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+(:[a-z0-9.-]+)?", image)


def test_two_equal_instances_stand_behind_the_proxy() -> None:
    services = dict(COMPOSE["services"])
    proxy = services.pop("proxy")
    assert len(services) == 2
    assert all(service == COMPOSE["x-app"] for service in services.values())
    assert set(proxy["depends_on"]) == set(services)
    assert proxy["configs"][0]["source"] in COMPOSE["configs"]


def test_the_proxy_keeps_a_visitor_at_one_healthy_instance() -> None:
    rules = COMPOSE["configs"]["proxy"]["content"]
    instances = re.search(r"reverse_proxy (.*) \{", rules)
    assert instances is not None
    expected = {f"{name}:{variables()['PORT']}" for name in COMPOSE["services"] if name != "proxy"}
    assert set(instances[1].split()) == expected
    assert "lb_policy cookie" in rules
    assert "health_uri /healthz" in rules
    (port,) = COMPOSE["services"]["proxy"]["ports"]
    assert rules.lstrip().startswith(f":{port.split(':')[1]} {{")


def test_an_instance_can_write_to_its_temporary_folder_alone() -> None:
    app = COMPOSE["x-app"]
    assert app["read_only"]
    assert app["cap_drop"] == ["ALL"]
    assert PurePosixPath(variables()["HOME"]) in map(PurePosixPath, app["tmpfs"])


def test_the_guide_shows_the_commands_of_the_files() -> None:
    build = DOCKERFILE.splitlines()[0].partition(": ")[2]
    assert all(command in GUIDE for command in (*build.split(" && "), "docker compose up --build", web_command()))
