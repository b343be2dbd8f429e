"""Values of torch. Optional: its wheel on PyPI is gigabytes, so the development setup has none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nbprism.runner.artifacts import parcel, tensors


@pytest.mark.parametrize(
    ("device", "gpus", "place"),
    [
        ("cpu", 0, "cpu"), ("cpu", 2, "cpu"), ("cuda:0", 0, "cpu"), ("cuda:1", 2, "cuda:1"),
        ("cuda:1", 1, "cuda:0"), ("cuda", 1, "cuda"), ("mps:0", 0, "cpu"),
    ],
)  # fmt: skip
def test_a_tensor_lands_where_there_is_a_device_for_it(device: str, gpus: int, place: str) -> None:
    assert tensors.landing(device, gpus) == place


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="torch is optional")


def handed_over(store: Path, values: dict[str, Any]) -> dict[str, Any]:
    entries = parcel.pack(store, "make", values, {})
    assert all("archive" in entry for entry in entries.values()), entries
    return parcel.unpack(store, entries, {})


def test_tensors_of_all_types_arrive(tmp_path: Path, torch: Any) -> None:
    kinds = ("float32", "float64", "bfloat16", "float16", "int8", "uint8", "int64", "bool",
             "complex64")  # fmt: skip
    values = {kind: torch.arange(3000).to(getattr(torch, kind)) for kind in kinds}
    values |= {"empty": torch.empty(0, 3), "scalar": torch.tensor(5.0),
               "turned": torch.ones(50, 60).T, "sparse": torch.eye(9).to_sparse()}  # fmt: skip
    got = handed_over(tmp_path, values)
    for name, value in values.items():
        assert got[name].dtype == value.dtype
        assert got[name].stride() == value.stride() if name != "sparse" else True
        assert torch.equal(got[name].to_dense(), value.to_dense())


def test_a_tensor_is_loaded_by_mapping_and_may_be_written_to(tmp_path: Path, torch: Any) -> None:
    value = torch.ones(1_000_000)
    entries = parcel.pack(tmp_path, "make", {"t": value}, {})
    assert entries["t"]["bytes"] < value.nbytes + 2000
    one, two = (parcel.unpack(tmp_path, entries, {})["t"] for _ in range(2))
    one[0] = 5.0
    assert two[0] == 1.0


def test_views_of_one_storage_stay_views(tmp_path: Path, torch: Any) -> None:
    base = torch.arange(10_000.0).reshape(100, 100)
    got = handed_over(tmp_path, {"base": base, "row": base[3], "far": [base[50:]]})
    got["base"][3, 4] = got["base"][60, 0] = -1
    assert got["row"][4] == got["far"][0][10, 0] == -1


def test_an_optimiser_goes_on_with_the_parameters_of_its_module(tmp_path: Path, torch: Any) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(100, 100), torch.nn.ReLU())
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    model(torch.ones(2, 100)).sum().backward()
    optimiser.step()
    got = handed_over(tmp_path, {"model": model, "optimiser": optimiser})
    weight = got["model"][0].weight
    assert torch.equal(weight, model[0].weight)
    before = weight.detach().clone()
    got["model"](torch.ones(2, 100)).sum().backward()
    got["optimiser"].step()
    assert not torch.equal(weight, before)


def test_tied_weights_stay_tied(tmp_path: Path, torch: Any) -> None:
    model = torch.nn.ModuleList([torch.nn.Linear(50, 50), torch.nn.Linear(50, 50)])
    model[1].weight = model[0].weight
    got = handed_over(tmp_path, {"m": model})["m"]
    assert got[1].weight is got[0].weight


def test_a_parameter_keeps_what_it_is(tmp_path: Path, torch: Any) -> None:
    got = handed_over(tmp_path, {"p": torch.nn.Parameter(torch.ones(5000), requires_grad=False)})
    assert type(got["p"]) is torch.nn.Parameter
    assert not got["p"].requires_grad
