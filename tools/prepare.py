"""Brings what `make serve`, `make test` and `make bench` need on Debian 12: packages, and the locked dependencies.

Standard library only: it runs before anything is installed. What is there already is left alone.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from capture import libraries  # noqa: E402  standard library only, like this file

VENV = ROOT / ".venv"
TOOLS = ROOT / ".test-tools"
LOCKS = {"serve": ROOT / "requirements.lock", "test": ROOT / "requirements-test.lock"}
PROVIDER = ROOT / "tests" / "provider"  # an OpenID Connect provider, with its own lock
S3_LOCK = ROOT / "requirements-s3.lock"  # moto wants versions that the product cannot have

# Program or file that proves a package, and its Debian name. Any Java and any npm will do.
TEST_PROGRAMS = {
    "qpdf": "qpdf",
    "pdftotext": "poppler-utils",
    "mutool": "mupdf-tools",
    "chromium": "chromium",
    "chromium-headless-shell": "chromium-headless-shell",
    "java": "default-jre-headless",
    "npm": "npm",
    "node": "nodejs",
    "nginx": "nginx-light",
}
BENCH_PROGRAMS = {"wrk": "wrk"}  # what the product is measured with
TEST_LIBRARIES = {"libatomic.so.1": "libatomic1"}  # Playwright's driver loads it
# A font with Chinese and Japanese letters, which names are set in.
TEST_FONTS = {"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc": "fonts-wqy-microhei"}
VNU = "vnu-jar@26.9.27"  # the Nu HTML checker
PDFJS_PARTS = ("pdf.min.mjs", "pdf.worker.min.mjs")
PDFJS = "pdfjs-dist@5.6.205"  # the reader of Firefox and of many pages


def main(purpose: str) -> None:
    """Prepare for "serve", "test" or "bench"; ends the program with a sentence when something cannot be had."""
    if sys.version_info < (3, 11):  # noqa: UP036  this file may be started by an older one
        stop(f"Lodestone needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    install_packages(missing_packages(purpose))
    if purpose == "serve":
        install_dependencies("serve")
        return
    TOOLS.mkdir(exist_ok=True)
    with ThreadPoolExecutor() as beside:
        waited_for = [
            beside.submit(fetch_from_npm, VNU, {"build/dist/vnu.jar": TOOLS / "vnu.jar"}),
            beside.submit(fetch_from_npm, PDFJS, {f"build/{name}": pdf_reader() / name for name in PDFJS_PARTS}),
            beside.submit(install_provider),
        ]
        install_dependencies("test")
        install_object_store()
        for one in waited_for:
            one.result()


def missing_packages(purpose: str) -> list[str]:
    """Debian packages that are needed and not there."""
    missing = libraries.missing()
    if not is_installed("serve" if purpose == "serve" else "test") and importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    if purpose == "bench":
        missing += [package for program, package in BENCH_PROGRAMS.items() if not is_there(program)]
    if purpose != "serve":
        missing += libraries.missing(TEST_LIBRARIES)
        missing += [package for font, package in TEST_FONTS.items() if not Path(font).exists()]
        missing += [package for program, package in TEST_PROGRAMS.items() if not is_there(program)]
        if not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
            missing.append("postgresql")
    return missing


def is_there(program: str) -> bool:
    """Whether the program is on the path; npm is only needed for what is not there yet."""
    return shutil.which(program) is not None or (
        program == "npm" and (TOOLS / "vnu.jar").exists() and pdf_reader().exists()
    )


def install_packages(packages: list[str]) -> None:
    """apt-get, as root or through sudo; otherwise the line that somebody else must run."""
    if not packages:
        return
    line = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        stop(f"These Debian packages are missing, and there is no apt-get: {' '.join(packages)}")
    if os.geteuid() and not may_use_sudo():
        stop(f"System packages are missing. Run this as root, then try again:\n\n  {' '.join(line)}\n")
    say(f"Installing system packages: {' '.join(packages)}")
    prefix = ["sudo"] if os.geteuid() else []
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "--quiet", "--quiet"], [*line, "--quiet", "--quiet"]):
        if subprocess.run([*prefix, *command], env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            stop(f"apt-get failed. Run this as root, then try again:\n\n  {' '.join(line)}\n")


def may_use_sudo() -> bool:
    """Without a password, or with somebody there to type one."""
    if shutil.which("sudo") is None:
        return False
    asks_nothing = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return asks_nothing or sys.stdin.isatty()


def stamp(purpose: str) -> Path:
    """The file whose presence says that exactly this lock is installed for exactly this Python."""
    digest = hashlib.sha256(LOCKS[purpose].read_bytes() + sys.version.encode() + str(ROOT).encode())
    return VENV / f".lodestone-{purpose}-{digest.hexdigest()[:16]}"


def is_installed(purpose: str) -> bool:
    """A linked environment is its owner's own: it is used as it is."""
    return VENV.is_symlink() or stamp(purpose).exists()


def install_dependencies(purpose: str) -> None:
    """The locked versions, each by its hash, and the project itself in place."""
    if is_installed(purpose):
        return
    if not (VENV / f"python-{sys.version_info.major}.{sys.version_info.minor}").exists():
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made")
        (VENV / f"python-{sys.version_info.major}.{sys.version_info.minor}").touch()
    say("Installing the Python packages (once; it takes up to a minute)")
    install_locked(LOCKS[purpose], VENV, "The packages could not be installed")
    run([*pip(VENV), "--no-build-isolation", "--editable", str(ROOT)], "Lodestone itself could not be installed")
    for purpose_served in ("serve", "test") if purpose == "test" else ("serve",):
        stamp(purpose_served).touch()


def install_locked(lock: Path, environment: Path, failure: str) -> None:
    """Each package of the lock by its hash: through uv, which takes a fifth of pip's time, or through pip.

    uv knows nothing of what pip was told on this machine about indexes and proxies, so pip has the last word.
    """
    locked = ["--require-hashes", "--requirement", str(lock)]
    if (uv := fast_installer()) is not None:
        fast = [str(uv), "pip", "install", "--quiet", "--no-deps", "--python", str(environment), *locked]
        if subprocess.run(fast, cwd=ROOT, capture_output=True, check=False).returncode == 0:
            return
    run([*pip(environment), *locked], failure)


def fast_installer() -> Path | None:
    """uv as the lock for tests names it, by its hash; none where it cannot be had."""
    program = VENV / "bin" / "uv"
    if not program.exists():
        [named] = re.findall(r"^uv==.*?\n(?=\S|    #)", LOCKS["test"].read_text(), re.MULTILINE | re.DOTALL)
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as alone:
            alone.write(named)
            alone.flush()
            asked = [*pip(VENV), "--require-hashes", "--requirement", alone.name]
            subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    return program if program.exists() else None


def pip(environment: Path) -> list[str]:
    """pip's command that installs into this environment, which needs no pip of its own."""
    of_ours = [str(VENV / "bin" / "python"), "-m", "pip", "--python", str(environment / "bin" / "python")]
    return [*of_ours, "install", "--quiet", "--disable-pip-version-check", "--no-deps"]


def pdf_reader() -> Path:
    """The folder with pdf.js; another version, another folder."""
    return TOOLS / PDFJS.replace("@", "-")


def fetch_from_npm(package: str, parts: dict[str, Path]) -> None:
    """Files out of a package, to where they are wanted."""
    if all(path.exists() for path in parts.values()):
        return
    for former in TOOLS.glob(f"{package.rpartition('@')[0]}-*"):
        shutil.rmtree(former)
    say(f"Fetching {package.partition('@')[0]}")
    run(["npm", "pack", "--silent", "--pack-destination", str(TOOLS), package], f"{package} could not be fetched")
    [packed] = TOOLS.glob(f"{package.replace('@', '-')}.tgz")
    with tarfile.open(packed) as archive:
        for name, path in parts.items():
            source = archive.extractfile(f"package/{name}")
            if source is None:
                stop(f"The package {package} holds no {name}.")
            path.parent.mkdir(exist_ok=True)
            unfinished = path.with_name(f"{path.name}.part")
            unfinished.write_bytes(source.read())
            unfinished.replace(path)
    packed.unlink()


def object_store() -> Path:
    """The environment with the S3-speaking server that tests start; another lock, another environment."""
    return TOOLS / f"s3-{hashlib.sha256(S3_LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]}"


def install_object_store() -> None:
    """moto, whole or not at all."""
    place = object_store()
    if (place / "ready").exists():
        return
    for former in TOOLS.glob("s3-*"):
        shutil.rmtree(former)
    say("Installing the object store that tests talk to")
    bare = [sys.executable, "-m", "venv", "--without-pip", str(place)]
    run(bare, "The object store's environment could not be made")
    install_locked(S3_LOCK, place, "The object store could not be installed")
    (place / "ready").touch()


def provider() -> Path:
    """The folder with the OpenID Connect provider that tests start; another lock, another folder."""
    return TOOLS / f"provider-{hashlib.sha256((PROVIDER / 'package-lock.json').read_bytes()).hexdigest()[:16]}"


def install_provider() -> None:
    """oidc-provider and what it needs, each by its hash; whole or not at all."""
    place = provider()
    if place.exists():
        return
    for former in TOOLS.glob("provider-*"):
        shutil.rmtree(former)
    say("Installing the provider that tests log in with")
    unfinished = TOOLS / "provider-unfinished"
    unfinished.mkdir(parents=True)
    for part in PROVIDER.iterdir():
        shutil.copy(part, unfinished)
    npm = ["npm", "ci", "--prefix", str(unfinished), "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    run(npm, "The provider could not be installed")
    unfinished.replace(place)


def run(command: list[str], failure: str) -> None:
    """Run quietly; on failure end the program with what it said."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        stop(f"{failure}:\n{done.stdout[-3000:]}")


def say(sentence: str) -> None:
    """Progress, on standard error."""
    print(f"{sentence} …", file=sys.stderr, flush=True)


def stop(sentence: str) -> NoReturn:
    """End the program with a sentence."""
    raise SystemExit(sentence)


if __name__ == "__main__":
    main(sys.argv[1])
