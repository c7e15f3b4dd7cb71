"""No test reaches the hub: a local folder takes the same path through `datasets`."""

import datasets
import pytest

from rlvr.errors import DataError, EnvironmentLacks
from rlvr.tasks import TaskOptions, load_task
from rlvr.tasks.hub import read_hub
from rlvr.tasks.options import HubSource

COMMIT = "e53f048856ff4f594e959d75785d2c2d37b678ee"


@pytest.fixture
def folder(tmp_path, monkeypatch, sums):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "data"
    folder.mkdir()
    datasets.Dataset.from_list(sums(8)).to_parquet(folder / "train-00000.parquet")
    datasets.Dataset.from_list(sums(6, start=6)).to_parquet(folder / "test-00000.parquet")
    return str(folder)


def test_rows_of_one_split(folder):
    table = read_hub(HubSource(hub=folder), "test")
    assert [row.columns["answer"] for row in table.rows] == ["7", "8", "9", "10", "11", "12"]
    assert table.rows[0].number == 1


def test_a_split_that_is_not_there(folder):
    with pytest.raises(DataError, match=r"split tset.*cannot be loaded"):
        read_hub(HubSource(hub=folder), "tset")


def test_a_slice_of_a_split(folder):
    assert len(read_hub(HubSource(hub=folder), "train[:3]").rows) == 3


def test_named_splits_stay_disjoint(folder, ends):
    options = TaskOptions(name="t", source={"hub": folder}, verifier=ends, splits={"test": "test", "validation": 2})
    task = load_task(options)
    assert (len(task.train), len(task.validation), len(task.test)) == (4, 2, 6)
    assert not {p.id for p in task.test} & {p.id for p in (*task.train, *task.validation)}
    assert task.notes == ("task 't': 2 problems of the source are held out elsewhere and were left out.",)


def test_an_unreachable_hub_lacks_something(monkeypatch):
    def unreachable(*args, **kwargs):
        raise ConnectionError("Couldn't reach 'openai/gsm8k' on the Hub")

    monkeypatch.setattr(datasets, "load_dataset", unreachable)
    with pytest.raises(EnvironmentLacks, match=r"openai/gsm8k.*cannot be reached") as caught:
        read_hub(HubSource(hub="openai/gsm8k", config="main"), "train")
    assert "source: {file: ...}" in caught.value.mend


def test_the_commit_is_resolved_and_kept(monkeypatch, ends, sums):
    data = datasets.Dataset.from_list(sums(3))
    data.info.download_checksums = {
        f"hf://datasets/openai/gsm8k@{COMMIT}/main/train-00000-of-00001.parquet": {"num_bytes": 1}
    }
    monkeypatch.setattr(datasets, "load_dataset", lambda *args, **kwargs: data)
    options = TaskOptions(name="t", source={"hub": "openai/gsm8k", "revision": "main"}, verifier=ends)
    assert load_task(options).options.source.revision == COMMIT
