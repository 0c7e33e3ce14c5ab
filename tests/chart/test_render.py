"""What the chart becomes, whatever values it is given."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from microservice_operator import platform
from microservice_operator.__main__ import run, selftest
from tests.chart import CHART, values
from tests.chart.helm import NAMESPACE, RELEASE, Helm, Manifest, of_kind
from tests.chart.rights import definitions, leadership, rules
from tests.cluster.paths import ROOT
from tests.oracles import unrestricted

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = values.read((CHART / "values.yaml").read_text())
LEAVES = {leaf.name: leaf for value in KNOWN for leaf in value.leaves()}
READ_BY_NOBODY = {"enabled", "global"}

EVERYTHING = {
    "metrics": {
        "serviceMonitor": {"enabled": True},
        "rules": {"enabled": True},
        "dashboard": {"enabled": True},
    },
    "networkPolicy": {"enabled": True},
}
"""Every switch is on, so that what hangs on it shows."""

OTHER: dict[str, Any] = {
    "image.digest": f"sha256:{'a' * 64}",
    "imagePullSecrets": [{"name": "registry"}],
    "metrics.serviceMonitor.interval": "10s",
    "namespaces": ["shop", "web"],
    "networkPolicy.apiServerCidrs": ["192.0.2.0/24"],
    "networkPolicy.apiServerPorts": [8443],
    "networkPolicy.metricsFrom": [{"namespaceSelector": {}}],
    "platform": {"defaults": {"replicas": 2}},
    "tolerations": [{"operator": "Exists"}],
    "topologySpreadConstraints": [{"topologyKey": "rack", "maxSkew": 1}],
    "affinity": {"nodeAffinity": {}},
    "extraObjects": [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "more"}}],
}


def other(leaf: values.Value) -> Any:
    """A value that is allowed, and not the default."""
    if leaf.name in OTHER:
        return OTHER[leaf.name]
    match leaf.default:
        case bool():
            return not leaf.default
        case int():
            return leaf.default + 1
        case str():
            return next((e for e in leaf.hint.get("enum", ["other"]) if e != leaf.default), None)
        case _:
            return {"example.com/other": "yes"}


def nested(path: tuple[str, ...], content: Any) -> dict[str, Any]:
    """A document with one value at this path."""
    for step in reversed(path):
        content = {step: content}
    assert isinstance(content, dict)
    return content


def over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Both documents in one."""
    both = dict(below)
    for key, value in above.items():
        there = both.get(key)
        deep = isinstance(there, dict) and isinstance(value, dict)
        both[key] = over(there, value) if deep and isinstance(there, dict) else value
    return both


def groups(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every object of the values whose keys are known."""
    if schema.get("additionalProperties") is False:
        yield path
    for key, below in schema.get("properties", {}).items():
        yield from groups(below, (*path, key))


@pytest.fixture(scope="module")
def everything(helm: Helm) -> list[Manifest]:
    """The chart with all switches on."""
    return helm.render(**EVERYTHING)


@pytest.mark.parametrize("options", [{}, EVERYTHING, OTHER], ids=["default", "all", "other"])
def test_helm_finds_no_fault(helm: Helm, options: dict[str, Any]) -> None:
    """Neither as it is nor with other values."""
    document: dict[str, Any] = {}
    for name, value in options.items():
        document = over(document, nested(tuple(name.split(".")), value))

    helm("lint", str(CHART), "--strict", values=document)


@pytest.mark.parametrize("name", sorted(LEAVES.keys() - READ_BY_NOBODY))
def test_every_value_changes_something(helm: Helm, everything: list[Manifest], name: str) -> None:
    """A value that nobody reads is a promise that nobody keeps."""
    leaf = LEAVES[name]
    value = leaf.default if leaf.path[-1] == "enabled" and not leaf.default else other(leaf)

    changed = helm.render(**over(EVERYTHING, nested(leaf.path, value)))

    assert changed != everything


@pytest.mark.parametrize(
    "path", list(groups(json.loads((CHART / "values.schema.json").read_text()))), ids=".".join
)
def test_a_misspelt_key_is_refused(helm: Helm, path: tuple[str, ...]) -> None:
    """Wherever it stands, with its name: a typo must not be a default in disguise."""
    misspelt = nested((*path, "mispelt"), 1)

    done = helm("template", str(CHART), values=misspelt, check=False)

    assert done.returncode != 0
    assert "additional properties 'mispelt' not allowed" in done.stderr


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("replicas", "two"),
        ("image.digest", "latest"),
        ("namespaces", ["No Namespace"]),
        ("log.level", "loud"),
        ("metrics.port", 80),
    ],
)
def test_a_value_that_cannot_be_is_refused(helm: Helm, path: str, value: Any) -> None:
    """Before anything is installed, and by its name."""
    done = helm("template", str(CHART), values=nested(tuple(path.split(".")), value), check=False)

    assert done.returncode != 0
    assert path.replace(".", "/") in done.stderr


def test_the_definition_is_the_one_that_is_checked_in(helm: Helm) -> None:
    """What the chart installs and what `kubectl apply` installs are the same."""
    [made] = of_kind(helm.render(), "CustomResourceDefinition")
    [gone] = of_kind(helm.render(crds={"keep": False}), "CustomResourceDefinition")

    assert made["spec"] == yaml.safe_load((ROOT / "crds/microservices.yaml").read_text())["spec"]
    assert made["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert "annotations" not in gone["metadata"]
    assert not of_kind(helm.render(crds={"enabled": False}), "CustomResourceDefinition")


def test_rights_are_for_the_cluster_or_for_the_namespaces_that_are_served(helm: Helm) -> None:
    """The same rules either way; for the whole cluster those beside them that no namespace has."""
    everywhere = bindings(helm.render(test={"enabled": False}))
    listed = bindings(helm.render(test={"enabled": False}, namespaces=["shop", "web"]))

    lease = ("Role", NAMESPACE)
    assert everywhere == {("ClusterRole", None), lease}
    assert listed == {("Role", "shop"), ("Role", "web"), lease}


def bindings(rendered: list[Manifest]) -> set[tuple[str, str | None]]:
    """Where the operator has its rules, each bound to its ServiceAccount."""
    account = {"kind": "ServiceAccount", "name": RELEASE, "namespace": NAMESPACE}
    right = {NAMESPACE: [leadership()], None: [*rules(), definitions()]}
    found = set()
    for binding in of_kind(rendered, "ClusterRoleBinding", "RoleBinding"):
        where = binding["metadata"].get("namespace")
        [role] = [
            role
            for role in of_kind(rendered, binding["roleRef"]["kind"])
            if (role["metadata"]["name"], role["metadata"].get("namespace"))
            == (binding["roleRef"]["name"], where)
        ]
        assert binding["subjects"] == [account]
        assert role["rules"] == right.get(where, rules())
        found.add((role["kind"], where))
    return found


def test_pods_are_restricted_and_hold_no_token_but_a_short_one(everything: list[Manifest]) -> None:
    """The strictest Pod Security Standard lets them in, and their files cannot be changed."""
    [deployment], [test] = of_kind(everything, "Deployment"), of_kind(everything, "Pod")
    for template in (deployment["spec"]["template"], test):
        pod = template["spec"]
        [container] = pod["containers"]

        assert unrestricted(template) == []
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["securityContext"]["runAsUser"] == 65532
        assert pod["automountServiceAccountToken"] is False
        [token] = [v["projected"] for v in pod["volumes"] if "projected" in v]
        assert token["sources"][0]["serviceAccountToken"]["expirationSeconds"] <= 3600
        assert token["defaultMode"] == 0o440
        assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]


def test_only_the_operator_is_selected_as_the_operator(everything: list[Manifest]) -> None:
    """By its Deployment, Service, budget and policy; the pod of the test is none of theirs."""
    [deployment], [test] = of_kind(everything, "Deployment"), of_kind(everything, "Pod")
    selectors = [
        selector.get("matchLabels", selector)
        for it in everything
        for name, selector in it.get("spec", {}).items()
        if name in {"selector", "podSelector"}
    ]
    operator = deployment["spec"]["template"]["metadata"]["labels"].items()

    assert len(selectors) == 5
    assert all(operator >= selector.items() for selector in selectors)
    assert not any(test["metadata"]["labels"].items() >= each.items() for each in selectors)


def test_the_programs_understand_what_the_chart_tells_them(helm: Helm) -> None:
    """A flag that they do not know would be a crash loop."""
    rendered = helm.render(namespaces=["shop", "web"], imagePullSecrets=[{"name": "registry"}])
    [deployment], [pod] = of_kind(rendered, "Deployment"), of_kind(rendered, "Pod")

    command, *arguments = arguments_of(deployment["spec"]["template"])
    given = run.make_context(command, arguments).params
    test, *test_arguments = arguments_of(pod)
    tried = selftest.make_context(test, test_arguments).params

    assert (given["namespaces"], given["metrics_port"]) == (("shop", "web"), 8080)
    assert (tried["namespace"], tried["pull_secrets"]) == ("shop", ("registry",))


def arguments_of(pod: Manifest) -> list[str]:
    """What its container is told."""
    [container] = pod["spec"]["containers"]
    return list(container["args"])


def test_the_operator_reads_the_settings_that_are_given(helm: Helm) -> None:
    """They are found where the flag says, in the form that the operator reads."""
    given = {
        "defaults": {"replicas": 3, "podLabels": {"example.com/team": "shop"}},
        "tenancy": {"serviceAccounts": ["shop/runner"], "secrets": [], "tolerations": []},
    }
    rendered = helm.render(platform=given)
    [deployment] = of_kind(rendered, "Deployment")
    template = deployment["spec"]["template"]
    [flag] = [each for each in arguments_of(template) if each.startswith("--settings=")]
    pod = template["spec"]
    [volume] = [volume for volume in pod["volumes"] if "configMap" in volume]
    [mount] = [m for m in pod["containers"][0]["volumeMounts"] if m["name"] == volume["name"]]

    [content] = [
        config["data"]["settings.yaml"]
        for config in of_kind(rendered, "ConfigMap")
        if config["metadata"]["name"] == volume["configMap"]["name"]
    ]

    assert flag == f"--settings={mount['mountPath']}/settings.yaml"
    assert "subPath" not in mount, "a file that is mounted by itself never changes"
    assert platform.settings(yaml.safe_load(content)) == platform.settings(given)


def test_the_values_that_the_readme_shows_are_taken(helm: Helm) -> None:
    """Somebody copies them first and reads on later."""
    [shown] = re.findall(r"```yaml\n(.*?)```", (CHART / "README.md").read_text(), re.DOTALL)

    made = helm.render(**yaml.safe_load(shown))

    assert {"ResourceQuota", "PrometheusRule", "NetworkPolicy"} <= {it["kind"] for it in made}


def test_further_objects_may_hold_templates(helm: Helm) -> None:
    """As an object and as text."""
    name = "{{ .Release.Name }}-more"
    as_text = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}-as-text\n"
    as_object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}

    made = of_kind(helm.render(extraObjects=[as_object, as_text]), "Namespace")

    assert {it["metadata"]["name"] for it in made} == {f"{RELEASE}-more", f"{RELEASE}-more-as-text"}


def test_two_releases_in_one_cluster_do_not_meet(helm: Helm) -> None:
    """But for the definition, which a second one leaves to the first."""
    again = helm("template", "second", str(CHART), "-n=other", "--set=crds.enabled=false").stdout

    first = {(it["kind"], it["metadata"]["name"]) for it in helm.render()}
    second = {(it["kind"], it["metadata"]["name"]) for it in yaml.safe_load_all(again) if it}

    assert not first & second
