"""Azure, Google and the Hub, each by its own client against a server on this machine, on good days and on bad ones.

Azurite comes by ``npm install --prefix .azurite azurite``, as .ci/run does it; without it, or without a client, its
tests are skipped.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import faulty_proxy
import pytest
import small_hub
import small_s3
import store_machines
from cli import command

import selectmodel as sm

ROOT = Path(__file__).parents[3]
AZURITE = ROOT / ".azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
#: The account that everybody knows, of the emulator alone.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
RUNS = 40
pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]


class Place(NamedTuple):
    """Where runs lie: the address, what writes an object below it, and what is told of faults."""

    url: str
    put: Callable[[str, bytes], Any]
    faults: Any


def connection(port: int, key: str = KEY) -> str:
    endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={endpoint};"


@contextmanager
def azure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    adlfs = pytest.importorskip("adlfs")
    node = shutil.which("node")
    if node is None or not AZURITE.exists():
        pytest.skip("no Azurite here: npm install --prefix .azurite azurite")
    port = store_machines.free_port()
    asked = [node, str(AZURITE), "--blobPort", str(port), "--skipApiVersionCheck", "--inMemoryPersistence"]
    with (folder / "azurite.log").open("wb") as log:
        server = subprocess.Popen([*asked, "--disableTelemetry"], cwd=folder, stdout=log, stderr=log)
    proxy = faulty_proxy.Proxy(port, lambda path: "/sweeps/" in path and "comp=" not in path)
    try:
        store_machines.until(lambda: store_machines.answers(port))
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection(proxy.server.server_port))
        from azure.storage.blob import ContainerClient

        client = ContainerClient.from_connection_string(connection(port), "sweeps")
        client.create_container()
        with client:
            yield Place(
                "az://sweeps/runs", lambda name, held: client.upload_blob(f"runs/{name}", held, overwrite=True), proxy
            )
    finally:
        proxy.close()
        server.kill()  # it keeps all in memory
        server.wait()
        adlfs.AzureBlobFileSystem.clear_instance_cache()


@contextmanager
def google(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv(
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false"
    )  # when it is imported: asks what the emulator does not answer
    gcsfs = pytest.importorskip("gcsfs")
    emulator = pytest.importorskip("gcp_storage_emulator.server")
    monkeypatch.setattr("http.server.HTTPServer.request_queue_size", small_s3.Server.request_queue_size)
    port = store_machines.free_port()
    server = emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket="sweeps")
    server.start()
    proxy = faulty_proxy.Proxy(port, lambda path: "alt=media" in path or "/download/" in path)
    gcsfs.GCSFileSystem.clear_instance_cache()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{proxy.server.server_port}")
    try:
        system = gcsfs.GCSFileSystem(token="anon")
        yield Place("gs://sweeps/runs", lambda name, held: system.pipe_file(f"sweeps/runs/{name}", held), proxy)
    finally:
        proxy.close()
        server.stop()
        gcsfs.GCSFileSystem.clear_instance_cache()


@contextmanager
def hub(kind: str, monkeypatch: pytest.MonkeyPatch, token: str = "") -> Iterator[Place]:
    client = pytest.importorskip("huggingface_hub")
    constants = pytest.importorskip("huggingface_hub.constants")
    held = small_hub.Hub(f"{kind}/me/sweeps", {}, token)
    server = small_hub.served(held)
    here = f"http://127.0.0.1:{server.server_port}"
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, here)
    monkeypatch.setattr(constants, "ENDPOINT", here)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    client.HfFileSystem.clear_instance_cache()
    try:
        yield Place(
            f"hf://{kind}/me/sweeps/runs", lambda name, content: held.files.update({f"runs/{name}": content}), held
        )
    finally:
        server.shutdown()
        server.server_close()
        client.HfFileSystem.clear_instance_cache()


@pytest.fixture(params=["az", "gs", "hf datasets", "hf models", "hf buckets"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    name, _, kind = request.param.partition(" ")
    with ExitStack() as stack:
        if name == "hf":
            yield stack.enter_context(hub(kind, monkeypatch))
        else:
            yield stack.enter_context((azure if name == "az" else google)(tmp_path, monkeypatch))


def name_of(at: int) -> str:
    return f"g{at // 15}/run{at}/training.csv"


def filled(place: Place, folder: Path, files: dict[str, bytes]) -> Path:
    """The files in the store and in a folder of the same name here."""
    for name, content in files.items():
        place.put(name, content)
        here = folder / "runs" / name
        here.parent.mkdir(parents=True, exist_ok=True)
        here.write_bytes(content)
    return folder / "runs"


def sweep() -> dict[str, bytes]:
    return {name_of(at): small_s3.run_of(at, RUNS) for at in range(RUNS)}


def told(ranking: Any, root: str) -> list[Any]:
    return [
        (run.name, run.value, run.epoch, dict(run.hparams), run.checkpoint and run.checkpoint.removeprefix(root))
        for run in ranking.runs
    ]


def test_a_store_gives_what_a_folder_gives(place: Place, tmp_path: Path) -> None:
    more = {
        "g0/run3/weights.1.keras": b"x" * 100,
        "g0/run4/config.json": b'{"lr": 0.1}',
        "g1/run16/odd name é+%20 #1?.csv": small_s3.run_of(1, 2),
        "g9/run99/training.csv": b"",
    }
    folder = filled(place, tmp_path, sweep() | more)
    there, here = (sm.rank(at, checkpoint_offset=0, top=60) for at in (place.url, folder))
    assert told(there, place.url) == told(here, str(folder)) and len(there.runs) >= RUNS
    assert [one.name for one in there.left_out] == [one.name for one in here.left_out]
    saved = next(run for run in there.runs if "/run3/" in run.name)
    assert saved.checkpoint == f"{place.url}/g0/run3/weights.1.keras"


def bad_day(path: str, times: int) -> str:
    """What goes wrong with a log, told by the number of its run."""
    faults = {3: "503" * (times <= 2), 7: "404", 11: "torn" * (times <= 2), 13: "slow" * (times == 1)}
    return (faults | {17: "changed" * (times == 1)}).get(small_s3.number(f"/{path}"), "")


def test_a_store_on_a_bad_day(place: Place, tmp_path: Path) -> None:
    folder = filled(place, tmp_path, sweep())
    longer = small_s3.run_of(17, RUNS) + b"9,0.5,0.9\n"
    place.faults.change = lambda _path: place.put(name_of(17), longer)
    place.faults.fault = lambda path, times: bad_day(path, times).replace(
        "404", "missing" if "hf:" in place.url else "404"
    )
    there = sm.rank(place.url)
    (folder / name_of(17)).write_bytes(longer)
    here = sm.rank(folder)
    assert [(one.name, one.reason) for one in there.left_out] == [(name_of(7), "cannot be read (no such object)")]
    gone = [row for row in told(here, str(folder)) if row[0] != name_of(7)]
    assert told(there, place.url) == gone
    asked = {small_s3.number(f"/{path}"): times for path, times in place.faults.asked.items()}
    assert asked[3] > 1 and asked[11] > 1


def test_a_second_look_reads_what_has_changed(place: Place, tmp_path: Path) -> None:
    folder = filled(place, tmp_path, sweep())
    asked: dict[str, Any] = {"cache": tmp_path / "cache", "checkpoints": "off"}
    first = sm.rank(place.url, **asked)
    place.faults.asked.clear()
    assert sm.rank(place.url, **asked) == first
    best = small_s3.number(f"/{first.best.name}")
    assert {small_s3.number(f"/{path}") for path in place.faults.asked} <= {best, -1}, "the checks look at the best"
    filled(place, tmp_path, {name_of(5): small_s3.run_of(5, RUNS) + b"9,0.001,0.5\n"})
    second = sm.rank(place.url, **asked)
    assert second.best.name == name_of(5) and told(second, "") == told(sm.rank(folder, checkpoints="off"), "")
    assert 5 in {small_s3.number(f"/{path}") for path in place.faults.asked}


def test_a_log_that_has_grown(place: Place, tmp_path: Path) -> None:
    rows = "".join(f"{at},{1 + 1 / (at + 1):.9f},0.123456789\n" for at in range(1500)).encode()
    long = {name_of(at): b"epoch,val_loss,loss\n" + rows for at in range(3)}
    folder = filled(place, tmp_path, long)
    asked: dict[str, Any] = {"cache": tmp_path / "cache", "checkpoints": "off"}
    sm.rank(place.url, **asked)
    grown = {
        name_of(1): long[name_of(1)] + b"1500,0.5,0.1\n",
        name_of(2): long[name_of(2)].replace(b"\n9,1.1", b"\n9,0.1"),
    }
    filled(place, tmp_path, grown)
    second = sm.rank(place.url, **asked)
    assert told(second, "") == told(sm.rank(folder, checkpoints="off"), "") and second.best.name == name_of(2)


@pytest.mark.parametrize("more", ["", "/g0/run3/nothing"])
def test_a_place_that_is_not_there(more: str, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(place, tmp_path, {name_of(3): small_s3.run_of(3, 5)})
    url = place.url + more if more else place.url.replace("sweeps", "nowhere")
    done = command(capsys, "rank", url, "--no-cache")
    assert done.code == 3 and done.err.count("\n") == 1
    assert ("holds nothing" if more else "there is no ") in done.err
    assert more or "nowhere" in done.err.partition("there is no ")[2]


def test_a_single_object_is_told(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(place, tmp_path, {name_of(3): small_s3.run_of(3, 5)})
    done = command(capsys, "rank", f"{place.url}/{name_of(3)}", "--no-cache")
    assert (
        done.code == 3 and f"is one object, and what lies in a folder is ranked; name that: {place.url}/g0" in done.err
    )


def test_azure_without_credentials_or_with_wrong_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with azure(tmp_path, monkeypatch) as place:
        wrong = connection(place.faults.server.server_port, "A" + KEY[1:])
        for text in (wrong, "rubbish", ""):
            monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
            done = command(capsys, "rank", place.url, "--no-cache")
            assert done.code in (2, 3) and done.err.count("\n") == 1, done.err
            assert "AZURE_STORAGE_CONNECTION_STRING" in done.err
        assert sum(place.faults.asked.values()) == 0


@pytest.mark.parametrize("kind", ["datasets", "buckets"])
def test_the_hub_without_a_token(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with hub(kind, monkeypatch, "hf_secret") as place:
        folder = filled(place, tmp_path, sweep())
        done = command(capsys, "rank", place.url, "--no-cache")
        assert done.code == 3 and done.err.count("\n") == 1 and "HF_TOKEN" in done.err
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        assert told(sm.rank(place.url), place.url) == told(sm.rank(folder), str(folder))


def test_revisions_of_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with hub("models", monkeypatch) as place:
        folder = filled(place, tmp_path, sweep())
        wanted = told(sm.rank(folder), str(folder))
        for url in ("hf://me/sweeps/runs", "hf://me/sweeps@main/runs", "hf://models/me/sweeps@main/runs"):
            assert told(sm.rank(url), url) == wanted
        with pytest.raises(sm.LogError, match=r"repository me/sweeps holds no revision v9"):
            sm.rank("hf://me/sweeps@v9/runs")


def test_a_listing_of_more_than_a_page(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_hub, "PAGE", 7)
    folder = filled(place, tmp_path, sweep())
    assert told(sm.rank(place.url), place.url) == told(sm.rank(folder), str(folder))
    assert not logging.getLogger("azure").isEnabledFor(logging.DEBUG)
