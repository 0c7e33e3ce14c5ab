"""The Dockerfile is read as Docker reads it, and what is not understood is refused."""

from __future__ import annotations

import pytest

from tests.cluster.images.dockerfile import NotUnderstood, Stage, stages

HEAD = "FROM base\n"


def last(text: str) -> Stage:
    """The stage that becomes the image."""
    return stages(text, "/bin")[-1]


def test_arguments_reach_a_stage_only_when_it_asks() -> None:
    """Those before the first FROM are its own; a default is taken where nothing is given."""
    text = 'ARG A=1\nARG B=${A}2\nFROM x:${B}\nARG B\nARG C\nLABEL b="${B}"\n'

    with pytest.raises(KeyError):
        stages(text, "/bin")
    stage = last(text.replace("ARG C\n", ""))
    assert (stage.base, stage.labels) == ("x:12", {"b": "12"})


@pytest.mark.parametrize(("digest", "base"), [("", "x"), ("sha256:0", "x@sha256:0")])
def test_a_text_stands_only_if_its_variable_is_set(digest: str, base: str) -> None:
    """The form by which a release pins the base."""
    assert last(f"ARG D={digest}\nFROM x${{D:+@${{D}}}} AS y\n").base == base


def test_lines_that_go_on_are_one_instruction() -> None:
    """Comments between instructions are none."""
    stage = last(f"{HEAD}# ENV X=0\nENV A=1 \\\n    B='2 3'\n")

    assert stage.environment == {"A": "1", "B": "2 3"}


def test_the_path_of_the_base_is_extended() -> None:
    """A variable may be given by what the image stands on."""
    assert last(f"{HEAD}ENV PATH=/a:${{PATH}}\n").environment == {"PATH": "/a:/bin"}


def test_an_entrypoint_forgets_the_command_before_it() -> None:
    """So does Docker."""
    assert last(f'{HEAD}CMD ["a"]\nENTRYPOINT ["b"]\n').command == ()


def test_stages_know_nothing_of_each_other() -> None:
    """What is set in one is not set in the next."""
    first, second = stages(f"{HEAD}ENV A=1\nUSER 1\nFROM other\nEXPOSE 80 53/udp\n", "/bin")

    assert (first.user, second.user, second.environment) == ("1", "", {})
    assert second.ports == ("80/tcp", "53/udp")


@pytest.mark.parametrize(
    "line",
    ["ADD a b", "ENTRYPOINT run me", "ENV A 1", "LABEL a=$A", "ENV A=${B:-1}", "VOLUME /x"],
)
def test_what_is_not_understood_is_refused(line: str) -> None:
    """Half understood, the local image would quietly differ from the shipped one."""
    with pytest.raises(NotUnderstood):
        stages(f"{HEAD}{line}\n", "/bin")
