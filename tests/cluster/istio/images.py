"""The images of Istio: the control plane, and the proxy with its agent and iptables."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from tests.cluster.build import GO_ENVIRONMENT
from tests.cluster.golang import find_go
from tests.cluster.images.archive import Image
from tests.cluster.images.catalogue import archived
from tests.cluster.images.hostfiles import copy_libraries, copy_libraries_of_folder, make_root
from tests.cluster.istio.envoy import envoy
from tests.cluster.istio.installation import tagged
from tests.cluster.node.packages import unpacked
from tests.cluster.tools import tool

HERE = Path(__file__).parent
PROXY = "1337:1337"
LIBRARIES = f"lib/{platform.machine()}-linux-gnu"
BOOTSTRAP = "tools/packaging/common/envoy_bootstrap.json"
USERS = "root:x:0:0::/root:/bin/sh\nistio-proxy:x:1337:1337::/var/lib/istio:/bin/sh\n"


def pilot() -> Path:
    """The archive of the control plane's image."""
    program = tool("pilot-discovery")

    def fill(root: Path) -> Image:
        make_root(root)
        return Image(
            names=(tagged("pilot"),),
            layers=(root,),
            entrypoint=(_install(root, program),),
            user=PROXY,
        )

    return archived("pilot", _identity(program), fill)


def proxyv2() -> Path:
    """The archive of the image of sidecars, gateways, and what sets up their redirection."""
    agent, proxy, packages = tool("pilot-agent"), envoy(), unpacked()

    def fill(root: Path) -> Image:
        make_root(root)
        _add_iptables(root, packages)
        _install(root, proxy)
        copy_libraries(root, proxy)
        template = root / "var/lib/istio/envoy/envoy_bootstrap_tmpl.json"
        template.parent.mkdir(parents=True)
        shutil.copyfile(_module() / BOOTSTRAP, template)
        (root / "etc/passwd").write_text(USERS)
        return Image(
            names=(tagged("proxyv2"),),
            layers=(root,),
            entrypoint=(_install(root, agent),),
        )

    return archived("proxyv2", _identity(agent, proxy, packages), fill)


def _install(root: Path, program: Path) -> str:
    target = root / "usr/local/bin" / program.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, target)
    return f"/usr/local/bin/{program.name}"


def _add_iptables(root: Path, packages: Path) -> None:
    """The tool that writes rules for nftables, under all of its names, with its plugins."""
    for program in packages.glob("sbin/*tables*"):
        if program.resolve().name == "xtables-nft-multi":
            shutil.copy(program, root / "usr/sbin", follow_symlinks=False)
    shutil.copytree(packages / LIBRARIES, root / "usr" / LIBRARIES, symlinks=True)
    copy_libraries(root, root / "usr/sbin/xtables-nft-multi")
    copy_libraries_of_folder(root, root / "usr" / LIBRARIES)


def _module() -> Path:
    """Where Go keeps the sources of Istio, fetched again if a cache has only the programs."""
    told = subprocess.run(
        [find_go(), "mod", "download", "-json", "istio.io/istio"],
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
        cwd=HERE,
        env={**os.environ, **GO_ENVIRONMENT},
    )
    return Path(json.loads(told.stdout)["Dir"])


def _identity(*parts: Path) -> str:
    return " ".join([*map(str, parts), tagged(""), Path(__file__).read_text()])
