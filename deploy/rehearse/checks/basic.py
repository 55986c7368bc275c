"""What every deployment must do: start, take pictures, refuse too large ones, tick."""

import sys
import time
from pathlib import Path

import requests
from PIL import Image

from deploy.rehearse.machine.instance import Instance
from deploy.rehearse.machine.network import namespace_of
from deploy.rehearse.prepare import Version
from deploy.rehearse.report import Report
from deploy.rehearse.stage.world import WEB, World, wait
from local.drive.people import Person
from local.drive.photos import encoded, small_photo
from local.drive.processes import listening

PUBLISHED_SECONDS = 60.0
SWEPT_SECONDS = 120.0  # 30 s of grace, then the next ticks


def boot(world: World, version: Version, report: Report, seconds: float) -> None:
    """Both bundles are up; see that they are."""
    installed = world.instances.values()
    # `nginx -t` and the hooks have passed, or there would be no instance.
    elsewhere = sorted(
        path for instance in installed for path in foreign_paths(instance, world.venv_of(version.web))
    )
    report.check(
        "both bundles start from their own files and requirements.txt alone, and nginx -t passes",
        not elsewhere,
        f"3 instances in {seconds:.0f} s, hooks run: {sum(len(i.hook_runs) for i in installed)} {elsewhere or ''}",
    )
    wait(lambda: all(world.admin.up(name) for name in WEB), 30, "both web instances are up at the balancer")
    direct = [requests.get(f"{i.url}/check-status", timeout=10).status_code for i in installed]
    through = requests.get(f"{world.portal.url}/check-status", timeout=10).status_code
    report.check(
        "/check-status is 200 through each nginx and through the balancer",
        {*direct, through} == {200},
        f"{direct} and {through}",
    )
    ready = requests.get(f"{world.portal.url}/readyz", timeout=20)
    parts = ", ".join(f"{name} {part['ms']} ms" for name, part in ready.json()["checks"].items())
    report.check("/readyz is 200 through the balancer", ready.status_code == 200, parts)


def foreign_paths(instance: Instance, venv: Path) -> list[str]:
    """Folders beyond its own, its environment's and Python's from which an instance imports."""
    script = "import sys; print('\\n'.join(sys.path))"
    done = instance.run_inside(
        [str(venv / "bin" / "python"), "-c", script], instance.current, PYTHONPATH=str(venv / "bin")
    )
    ours = (str(instance.current), str(venv), sys.base_prefix)
    return [path for path in done.stdout.splitlines() if path and not path.startswith(ours)]


def large_files(_world: World, person: Person, report: Report) -> None:
    """3 MB and 20 MB pass and become images; 30 MB is refused by the portal, not by nginx."""
    for megabytes, quality, size in ((3, 80, (2600, 1850)), (20, 99, (4000, 2850))):
        data = noise(size, quality)
        begun = time.monotonic()
        answer = person.post_image(data, f"{megabytes} MB.jpg")
        sent = time.monotonic() - begun
        upload = person.finished(answer.json()["id"], PUBLISHED_SECONDS) if answer.status_code == 202 else {}
        took = time.monotonic() - begun
        report.check(
            f"a picture of {megabytes} MB passes balancer and nginx and is published",
            upload.get("status") == "published",
            f"{len(data) / 1e6:.1f} MB: {answer.status_code} after {sent:.1f} s, published after {took:.1f} s",
        )
    location = person.post_image(small_photo(), "where.jpg").headers.get("Location", "")
    report.check(
        "behind the balancer's HTTPS the portal's own addresses are https",
        location.startswith("https://"),
        location.partition("/api")[0],
    )
    answer = person.post_image(small_photo() + bytes(30_000_000), "30 MB.jpg")
    kind = answer.headers.get("Content-Type", "")
    code = answer.json().get("code") if "json" in kind else answer.text[:60]
    report.check(
        "a file of 30 MB gets the portal's own 413, as problem+json",
        (answer.status_code, kind, code) == (413, "application/problem+json", "too_large"),
        f"{answer.status_code} {kind} {code}",
    )


def lost_message(world: World, person: Person, report: Report) -> None:
    """An accepted upload whose message is gone is found by the sweep that cron.yaml's tick starts."""
    world.worker.control.stop("worker")
    upload = person.upload(small_photo(7), "lost message.jpg")
    wait(lambda: world.truth.depth() > 0, 10, "the message is on the queue")
    world.truth.purge()
    wait(lambda: world.truth.depth() == 0, 10, "the message is lost")
    begun, now = time.monotonic(), time.time()
    world.worker.control.start("worker")
    published = person.finished(upload, SWEPT_SECONDS)["status"]
    took = time.monotonic() - begun
    ticks = world.ticks(now)
    requeued = sum('"requeued":1' in tick["body"].replace(" ", "") for tick in ticks)
    report.check(
        "sqsd's tick from cron.yaml runs the sweep, which publishes an upload whose message was lost",
        published == "published" and requeued == 1 and not world.truth.faults([upload]),
        f"published after {took:.0f} s, {len(ticks)} ticks, each {world.minute_seconds:.0f} s for a minute",
    )
    plain = requests.post(f"{world.worker.url}/tick/sweep", headers={"X-Aws-Sqsd-Taskname": "x"}, timeout=10)
    if hasattr(world.network, "listen"):
        report.check(
            "from any other machine the same tick is refused",
            plain.status_code == 403,
            str(plain.status_code),
        )


def closed_in(world: World, pids: set[int], report: Report) -> None:
    """Nothing can be reached from outside."""
    host = namespace_of(1)
    spaces = {namespace_of(pid) for pid in pids}
    if hasattr(world.network, "listen"):
        routes = Path("/proc/net/route").read_text().splitlines()[1:]
        default = [line for line in routes if line.split()[1] == "00000000"]
        report.check(
            "everything runs in network namespaces that no route leaves",
            host not in spaces and not default,
            f"{len(pids)} processes in {len(spaces - {''})} namespaces, none in the machine's own",
        )
        return
    outside = [where for where in listening(pids) if not where[0].startswith("127.")]
    report.check("nothing listens beyond loopback", not outside, f"{len(pids)} processes, outside: {outside}")


def noise(size: tuple[int, int], quality: int) -> bytes:
    """A JPEG that compresses badly."""
    bands = [Image.effect_noise(size, 70) for _ in range(3)]
    return encoded(Image.merge("RGB", bands), quality)
