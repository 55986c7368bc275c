"""One Beanstalk instance: a folder in place of its disk, nginx, the bundle's processes, and Beanstalk's engine."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from deploy.rehearse.machine import nginx
from deploy.rehearse.machine.control import Control
from deploy.rehearse.machine.network import Network
from deploy.rehearse.machine.units import read_procfile, unit_text
from local.console import LocalError
from local.files import write_env
from local.process.process import Process
from local.process.program import Program
from local.process.ready import status_of, wait_until

ROOT = Path(__file__).resolve().parents[3]
BIN = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NGINX = "/usr/sbin/nginx"


class Instance:
    """A machine of one tier; `boot`, then `deploy`."""

    def __init__(self, name: str, folder: Path, network: Network, properties: Mapping[str, str]) -> None:
        self.name = name
        self.folder = folder
        self.address = network.address(name)
        self.url = f"http://{self.address}"
        self.control = Control(folder)
        self.current = folder / "app" / "current"
        self.units = folder / "units"
        self.log = folder / "log"
        self.hook_runs: list[str] = []
        self._network = network
        self._properties = properties
        self._init: Process | None = None
        self._listen = getattr(network, "listen", self.address)
        self._upstream = getattr(network, "upstream", f"{self.address.partition(':')[0]}:8000")

    def boot(self) -> None:
        """Start the machine, empty."""
        for part in ("app", "units", "log", "run", "tmp", "bin", "venv"):
            (self.folder / part).mkdir(parents=True)
        systemctl = self.folder / "bin" / "systemctl"
        program = f"{sys.executable} -m deploy.rehearse.machine.control {self.folder}"
        systemctl.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {program} "$@"\n')
        systemctl.chmod(0o755)
        argv = self._network.wrapped([sys.executable, "-m", "deploy.rehearse.machine.init", str(self.folder)])
        init = self._init = Process(Program(f"machine-{self.name}", argv, os.environ, self.folder))
        wait_until((self.folder / "init.sock").exists, init, 20, lambda: None)
        self._network.connect(self.name, init.pid)

    def deploy(self, bundle: Path, venv: Path) -> None:
        """Install a version, in the order of Beanstalk's engine. Raises LocalError when a step fails."""
        staging = self.folder / "app" / "staging"
        unzip(bundle, staging)
        self._write_properties(venv)
        self._hooks(staging, staging / ".platform/hooks/prebuild")
        shutil.rmtree(self.folder / "venv")
        (self.folder / "venv").mkdir()
        (self.folder / "venv" / "staging").symlink_to(venv)
        self._hooks(staging, staging / ".platform/hooks/predeploy")
        config = self._configure_nginx(staging)
        self._stop_all()
        shutil.rmtree(self.current, ignore_errors=True)
        staging.rename(self.current)
        self._register(config)
        for name in self.processes():
            self.control.start(name)
        self.control.start("nginx")
        self._hooks(self.current, self.current / ".platform/hooks/postdeploy")

    def configure(self) -> None:
        """Changed properties: what Beanstalk runs then, and no restart beyond what the hooks themselves do."""
        self._hooks(self.current, self.current / ".platform/confighooks/predeploy")
        self._hooks(self.current, self.current / ".platform/confighooks/postdeploy")

    def processes(self) -> list[str]:
        """The services of the bundle's Procfile."""
        return list(read_procfile((self.current / "Procfile").read_text()))

    def healthy(self, path: str = "/check-status") -> bool:
        """Whether nginx and the application behind it answer 200."""
        return status_of(self.url + path) == 200

    def run_inside(
        self, argv: list[str], cwd: Path = ROOT, **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command on the machine as root would, with the environment's properties."""
        assert self._init  # noqa: S101  # for the type checker
        env = {"PATH": f"{self.folder / 'bin'}:{BIN}", **self._properties, **settings}
        inside = self._network.inside(self._init.pid, argv)
        return subprocess.run(  # noqa: S603 - our own commands
            inside, env=env, cwd=cwd, capture_output=True, text=True, check=False
        )

    def add_service(self, name: str, command: str) -> None:
        """Start a service of the platform's own."""
        (self.units / f"{name}.service").write_text(unit_text(command, ROOT, self.folder / "platform-env"))
        self.control.start(name)

    def stop(self) -> None:
        """Switch the machine off; safe at any time."""
        if self._init:
            self._init.stop(10)
            self._init = None

    @property
    def init_pid(self) -> int:
        """The machine's process 1, 0 when it is off."""
        return self._init.pid if self._init else 0

    def _write_properties(self, venv: Path) -> None:
        python = self.folder / "venv" / "staging"
        properties = {
            **self._properties,
            "PATH": f"{venv / 'bin'}:{BIN}",
            "PYTHONPATH": str(python / "bin"),
            "TMPDIR": str(self.folder / "tmp"),
        }
        write_env(self.folder / "env", properties)
        write_env(self.folder / "platform-env", {"PATH": BIN, "PYTHONPATH": str(ROOT)})

    def _hooks(self, directory: Path, hooks: Path) -> None:
        for hook in sorted(hooks.glob("*")) if hooks.is_dir() else []:
            places = {"UNITS": str(self.units), "VENVS": str(self.folder / "venv"), "HOME": str(self.folder)}
            done = self.run_inside([str(hook)], directory, **places)
            with (self.log / "hooks.log").open("a") as log:
                log.write(f"{hook.name}: exit {done.returncode}\n{done.stdout}{done.stderr}")
            if done.returncode:
                raise LocalError(f"{self.name}: {hook.name} failed ({done.returncode}): {done.stderr[-500:]}")
            self.hook_runs.append(f"{hook.parent.name}/{hook.name}")

    def _configure_nginx(self, staging: Path) -> Path:
        config = nginx.install(
            self.folder / "nginx",
            staging / ".platform" / "nginx",
            listen=self._listen,
            upstream=self._upstream,
            log=self.log,
            run=self.folder / "run",
        )
        done = self.run_inside([*nginx.command(NGINX, config, self.log), "-t"])
        if done.returncode:
            raise LocalError(f"{self.name}: nginx -t: {done.stderr}")
        return config

    def _stop_all(self) -> None:
        running = [name for name, service in self.control.status().items() if service["state"] != "inactive"]
        for name in sorted(running, key=lambda name: name != "nginx"):
            if name == "nginx" or name in (self.processes() if self.current.exists() else []):
                self.control.stop(name)

    def _register(self, config: Path) -> None:
        procfile = self.current / "Procfile"
        procfile.write_text(procfile.read_text().replace(nginx.UPSTREAM, self._upstream))
        for name, command in read_procfile(procfile.read_text()).items():
            text = unit_text(command, self.current, self.folder / "env")
            (self.units / f"{name}.service").write_text(text)
        command = " ".join(f"'{word}'" for word in nginx.command(NGINX, config, self.log))
        text = unit_text(f"exec {command}", self.folder, self.folder / "platform-env")
        (self.units / "nginx.service").write_text(text)


def unzip(bundle: Path, folder: Path) -> None:
    """Unzip into an empty folder, with permissions."""
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(bundle) as archive:
        for entry in archive.infolist():
            file = Path(archive.extract(entry, folder))
            file.chmod(stat.S_IMODE(entry.external_attr >> 16))
