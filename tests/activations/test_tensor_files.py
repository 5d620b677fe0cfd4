"""Files of activations: what other libraries wrote is read as they read it and not whole; what is wrong is refused."""

import json
import struct

import gguf
import numpy as np
import pyarrow as pa
import pytest
import safetensors.numpy
from safetensors import safe_open

from valuestats import read_tensors
from valuestats.base.errors import InputError

RNG = np.random.default_rng(0)
ARRAYS = {
    "a": RNG.normal(size=(3, 4, 5)).astype(np.float32),
    "half": RNG.normal(size=(7, 2)).astype(np.float16),
    "whole": RNG.integers(-5, 5, 6),
    "small": RNG.integers(0, 200, (2, 3)).astype(np.uint8),
    "true": np.array([True, False]),
    "none": np.zeros((0, 4), dtype=np.float64),
}


def same(found, arrays):
    assert set(found.tensors) == set(arrays)
    for name, array in arrays.items():
        one = found[name]
        assert (one.shape, one.dtype) == (array.shape, array.dtype)
        np.testing.assert_array_equal(one.read(), array)
        np.testing.assert_array_equal(np.asarray(one), array)
        for rows in (slice(1, 3), slice(None, None, 2), slice(5, 2), slice(-2, None)):
            np.testing.assert_array_equal(one.read(rows), array[rows])
        if len(array):
            np.testing.assert_array_equal(one[0], array[0])
            np.testing.assert_array_equal(one[-1], array[-1])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path, save):
    arrays = {**ARRAYS, "turned": np.asfortranarray(ARRAYS["a"]), "texts": np.array(["x", "yz"])}
    save(tmp_path / "a.npz", **arrays)
    same(read_tensors(tmp_path / "a.npz"), arrays)


def test_npy(tmp_path):
    np.save(tmp_path / "a.npy", ARRAYS["a"])
    same(read_tensors(tmp_path / "a.npy"), {"a": ARRAYS["a"]})


def test_safetensors_is_what_its_library_wrote_and_reads(tmp_path):
    path = tmp_path / "a.safetensors"
    safetensors.numpy.save_file(ARRAYS, path, metadata={"model": "m"})
    found = read_tensors(path)
    same(found, ARRAYS)
    assert found.said == {"model": "m"}
    with safe_open(path, framework="np") as theirs:
        for name in theirs.keys():  # noqa: SIM118  it is no mapping
            np.testing.assert_array_equal(found[name].read(), theirs.get_tensor(name))


def bfloats(values):
    return (np.asarray(values, dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)


def test_bfloat16_is_read_as_float32_as_gguf_does(tmp_path):
    bits = bfloats(RNG.normal(size=(4, 32)))
    header = json.dumps({"x": {"dtype": "BF16", "shape": [4, 32], "data_offsets": [0, bits.nbytes]}}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bits.tobytes())
    theirs = gguf.quants.dequantize(bits.view(np.uint8), gguf.GGMLQuantizationType.BF16)
    found = read_tensors(path)["x"]
    assert (found.kind, found.dtype) == ("bfloat16", np.float32)
    np.testing.assert_array_equal(found.read(), theirs)
    np.testing.assert_array_equal(found.read(slice(1, 3)), theirs[1:3])


def control_vector(path, arrays):
    writer = gguf.GGUFWriter(path, "controlvector")
    writer.add_string("controlvector.model_hint", "llama")
    writer.add_uint32("controlvector.layer_count", len(arrays))
    writer.add_array("layers", [1, 2, 3])
    writer.add_array("names", ["a", "bc"])
    writer.add_float32("scale", 0.5)
    writer.add_bool("normalised", True)
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_gguf_control_vectors_are_what_its_library_wrote_and_reads(tmp_path):
    path = tmp_path / "vector.gguf"
    arrays = {f"direction.{k}": RNG.normal(size=16).astype(np.float32) for k in (1, 2, 31)}
    arrays["more"] = RNG.normal(size=(3, 8)).astype(np.float16)
    control_vector(path, arrays)
    found = read_tensors(path)
    same(found, arrays)
    theirs = gguf.GGUFReader(path)
    for one in theirs.tensors:
        np.testing.assert_array_equal(found[one.name].read(), one.data)
    assert found.said["general.architecture"] == "controlvector"
    assert found.said["controlvector.model_hint"] == "llama"
    assert found.said["layers"] == [1, 2, 3]
    assert found.said["names"] == ["a", "bc"]
    assert found.said["normalised"] is True
    assert set(found.said) == {n for n in theirs.fields if not n.startswith("GGUF.")}


def autoencoder(folder, d_in=6, d_sae=10):
    folder.mkdir()
    arrays = {
        "W_enc": RNG.normal(size=(d_in, d_sae)),
        "b_enc": RNG.normal(size=d_sae),
        "W_dec": RNG.normal(size=(d_sae, d_in)),
        "b_dec": RNG.normal(size=d_in),
    }
    arrays = {k: v.astype(np.float32) for k, v in arrays.items()}
    safetensors.numpy.save_file(arrays, folder / "sae_weights.safetensors")
    (folder / "cfg.json").write_text(json.dumps({"architecture": "standard", "d_in": d_in, "d_sae": d_sae}))
    return arrays


def test_sae_lens_folders(tmp_path):
    arrays = autoencoder(tmp_path / "sae")
    found = read_tensors(tmp_path / "sae")
    same(found, arrays)
    assert (found.format, found.said["d_sae"]) == ("sae_lens", 10)
    autoencoder(tmp_path / "other")
    (tmp_path / "other" / "cfg.json").write_text(json.dumps({"d_in": 6, "d_sae": 11}))
    with pytest.raises(InputError, match="another shape than the configuration") as caught:
        read_tensors(tmp_path / "other")
    assert caught.value.parameter == "W_enc"
    (tmp_path / "other" / "cfg.json").write_text(json.dumps({"d_in": "6"}))
    with pytest.raises(InputError, match="a width that is no whole number"):
        read_tensors(tmp_path / "other")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="not a folder of SAELens"):
        read_tensors(tmp_path / "empty")


@pytest.mark.parametrize("compression", [None, "lz4"])
def test_arrow_columns_of_several_batches(tmp_path, compression):
    matrix, numbers = RNG.normal(size=(10, 4)).astype(np.float32), RNG.integers(0, 9, 10)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), 4)
    table = pa.table({"x": vectors, "n": numbers, "label": [f"t{k}" for k in range(10)]}, metadata={"a": "b"})
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with (
        pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, table.schema, options=options) as out,
    ):
        out.write_table(table, max_chunksize=3)
    found = read_tensors(tmp_path / "a.arrow")
    assert found.said == {"a": "b"}
    labels = found.tensors["label"]
    assert labels.read(slice(2, 7)).tolist() == ["t2", "t3", "t4", "t5", "t6"]
    same(type(found)(found.path, "arrow", {k: found[k] for k in "xn"}), {"x": matrix, "n": numbers})
    holes = pa.table({"x": pa.array([1.0, None, 2.0])})
    with pa.OSFile(str(tmp_path / "b.arrow"), "wb") as sink, pa.ipc.new_file(sink, holes.schema) as out:
        out.write_table(holes)
    with pytest.raises(InputError, match="a null among the values") as caught:
        read_tensors(tmp_path / "b.arrow")["x"].read()
    assert (caught.value.row, caught.value.parameter) == (1, "x")
