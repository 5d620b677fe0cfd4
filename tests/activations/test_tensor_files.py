"""Files of activations: what other libraries wrote is read as they read it and not whole; what is wrong is refused."""

import io
import json
import pickle
import struct
import subprocess
import sys
import zipfile

import gguf
import numpy as np
import pyarrow as pa
import pytest
import safetensors.numpy
from safetensors import safe_open

from valuestats import read_tensors
from valuestats.activations.gguf import open_gguf
from valuestats.activations.read import PICKLES
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


@pytest.mark.parametrize("suffix", PICKLES)
def test_pickles_are_refused_with_the_lines_that_convert_them(tmp_path, suffix):
    class Trap:
        def __reduce__(self):
            return (exec, ("raise SystemExit('a pickle was run')",))

    path = tmp_path / f"vectors{suffix}"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match="is not read") as caught:
        read_tensors(path)
    lines = caught.value.hint.splitlines()
    assert len(lines) == 3
    for line in lines[1:]:
        compile(line.strip(), "hint", "exec")
    assert "vectors.safetensors" in lines[2]
    hidden = tmp_path / "hidden.npz"
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("archive/data.pkl", path.read_bytes())
    with pytest.raises(InputError, match="no array of numpy's"):
        read_tensors(hidden)
    np.savez(tmp_path / "objects.npz", a=np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="is a pickle"):
        read_tensors(tmp_path / "objects.npz")


def header(tree, data=b"\0" * 16):
    content = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return struct.pack("<Q", len(content)) + content + data


def entry(kind="F32", shape=(2, 2), places=(0, 16)):
    return {"dtype": kind, "shape": list(shape), "data_offsets": list(places)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "longer than the file"),
        (b"\xff" * 40, "longer than the file"),
        (struct.pack("<Q", 1 << 60) + b"{}", "longer than the file"),
        (header(b"{"), "not valid JSON"),
        (header(b"[" * 50_000), "not valid JSON"),
        (header(b"[]"), "no mapping"),
        (header(b'{"a": {}, "a": {}}'), "not valid JSON"),
        (header({"a": {"dtype": "F32"}}), "lacks a part"),
        (header({"a": entry("F99")}), "unknown type"),
        (header({"a": entry(shape=(-1, -4))}), "whole numbers"),
        (header({"a": entry(shape=(True,))}), "whole numbers"),
        (header({"a": entry(shape=(2**62, 2**62))}), "an impossible shape"),
        (header({"a": entry(shape=(2**40,), places=(0, 2**42))}), "the file ends before"),
        (header({"a": entry(places=(0, 12))}), "another length"),
        (header({"a": entry(places=(16, 0))}), "places are"),
        (header({"a": entry(shape=(2,), places=(0, 8)), "b": entry(shape=(3,), places=(4, 16))}), "overlap"),
        (header({"a": entry(shape=(2,), places=(8, 16))}), "belong to no array"),
        (header({"a": entry(shape=(2,), places=(0, 8))}), "belong to no array"),
        (header({"__metadata__": 3, "a": entry()}), "no mapping"),
    ],
)
def test_hostile_safetensors_are_refused_as_their_library_refuses_them(tmp_path, content, message):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_tensors(path)
    assert caught.value.file == str(path)
    with pytest.raises(Exception):  # noqa: B017, PT011  any of theirs
        safetensors.numpy.load_file(path)


def text(value):
    return struct.pack("<Q", len(value)) + value


def vector_file(
    *, magic=b"GGUF", version=3, arrays=1, entries=0, said=b"", shape=(4,), kind=0, at=0, data=16
):
    info = text(b"direction.1") + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
    info += struct.pack("<IQ", kind, at)
    head = magic + struct.pack("<IQQ", version, arrays, entries) + said + info
    return head + b"\0" * (-len(head) % 32) + b"\0" * data


def meta(kind, value, name=b"k"):
    return text(name) + struct.pack("<I", kind) + value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ends inside its header"),
        (vector_file(magic=b"GGML"), "not a GGUF file"),
        (vector_file(version=1), "unknown version"),
        (vector_file(version=3 << 24), "unknown version"),
        (vector_file(arrays=2**63), "more entries"),
        (vector_file(entries=2**40), "more entries"),
        (vector_file(entries=1, said=text(b"k" * 3)[:9]), "ends inside|unknown type|no UTF-8"),
        (vector_file(entries=1, said=struct.pack("<Q", 2**50)), "ends inside"),
        (vector_file(entries=1, said=meta(77, b"")), "unknown type"),
        (vector_file(entries=1, said=meta(9, struct.pack("<IQ", 0, 2**60))), "ends inside"),
        (vector_file(entries=1, said=meta(9, struct.pack("<IQ", 8, 2**50))), "ends inside"),
        (vector_file(entries=1, said=meta(9, struct.pack("<IQ", 9, 1) * 6)), "lists in lists"),
        (vector_file(entries=1, said=meta(8, text(b"\xff\xfe"))), "no UTF-8"),
        (vector_file(entries=2, said=meta(4, b"\0" * 4) * 2), "metadata twice"),
        (
            vector_file(entries=1, said=meta(4, struct.pack("<I", 3), b"general.alignment")),
            "impossible alignment",
        ),
        (vector_file(entries=1, said=meta(8, text(b"x"), b"general.alignment")), "impossible alignment"),
        (vector_file(shape=(2**62, 2**62)), "an impossible shape"),
        (vector_file(shape=(2**30,)), "the file ends before"),
        (vector_file(shape=(1,) * 9), "an impossible shape"),
        (vector_file(kind=2), "quantised"),
        (vector_file(at=5), "between its places"),
        (vector_file(at=2**60), "an impossible place"),
    ],
)
def test_hostile_gguf_are_refused(tmp_path, content, message):
    path = tmp_path / "a.gguf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_tensors(path)
    assert caught.value.file == str(path)


def test_the_hostile_vector_is_right_where_nothing_is_wrong_with_it(tmp_path):
    path = tmp_path / "a.gguf"
    path.write_bytes(vector_file())
    assert open_gguf(path)["direction.1"].read().tolist() == [0.0] * 4


def array_bytes(head, data=b"\0" * 32, version=(1, 0)):
    head = head.ljust(118).encode() + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(head)) + head + data


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header"),
        (
            array_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", version=(9, 0)),
            "unknown version|no header",
        ),
        (array_bytes("{'descr': '|O', 'fortran_order': False, 'shape': (4,), }"), "is a pickle"),
        (
            array_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (4000,), }"),
            "another size|ends before",
        ),
        (
            array_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }"),
            "another size|impossible shape",
        ),
        (
            array_bytes("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (4,), }"),
            "neither numbers nor texts",
        ),
        (array_bytes("__import__('os').system('true')"), "no header"),
        (array_bytes("{" * 90), "no header"),
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_hostile_arrays_of_numpy_are_refused(tmp_path, content, message, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".npz":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.npy", content)
        content = buffer.getvalue()
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_tensors(path)
    assert caught.value.file == str(path)


def test_an_archive_that_unfolds_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("valuestats.activations.npz._UNPACKED", 1000)
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(2000))
    with pytest.raises(InputError, match="unfolds to more") as caught:
        read_tensors(tmp_path / "a.npz")
    assert "numpy.savez" in caught.value.hint


def test_other_files_are_refused_by_name(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_tensors(tmp_path / "nothing.npz")
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(InputError, match="unknown format") as caught:
        read_tensors(tmp_path / "a.csv")
    assert ".safetensors" in caught.value.expected
    for suffix, message in ((".npz", "no zip file"), (".arrow", "not a sound Arrow file")):
        (tmp_path / f"b{suffix}").write_bytes(b"something else")
        with pytest.raises(InputError, match=message):
            read_tensors(tmp_path / f"b{suffix}")
    np.savez(tmp_path / "c.npz", a=np.zeros(3))
    with pytest.raises(InputError, match="no such array in the file") as caught:
        read_tensors(tmp_path / "c.npz")["b"]
    assert caught.value.expected == "a"


BIG = """
import resource, sys
import numpy as np
from valuestats.activations.read import read_tensors
tensor = read_tensors(sys.argv[1])[sys.argv[2]]
assert tensor.dtype.itemsize * np.prod(tensor.shape) >= 10 * 2**30, tensor
total = 0.0
for row in range(0, tensor.shape[0], tensor.shape[0] // 10):
    total += float(tensor.read(row)[::4096].sum()) + tensor.read(slice(row, row + 1)).shape[0]
print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def sparse(path, head, rows, width):
    """A file that says it holds so many rows of half precision, without taking the room."""
    with path.open("wb") as handle:
        handle.write(head)
        handle.truncate(len(head) + rows * width * 2)


@pytest.mark.parametrize("suffix", [".safetensors", ".npy", ".gguf"])
def test_ten_gigabytes_are_read_in_less_than_two(tmp_path, suffix):
    rows, width = 320, 1 << 24
    size = rows * width * 2
    path = tmp_path / f"x{suffix}"
    name = "direction.1" if suffix == ".gguf" else "x"
    heads = {
        ".safetensors": header({"x": entry("F16", (rows, width), (0, size))}, b""),
        ".npy": array_bytes(f"{{'descr': '<f2', 'fortran_order': False, 'shape': ({rows}, {width}), }}", b""),
        ".gguf": vector_file(shape=(width, rows), kind=1, data=0),
    }
    sparse(path, heads[suffix], rows, width)
    command = [sys.executable, "-c", BIG, str(path), name]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    total, memory = out.stdout.split()
    assert float(total) == 10
    assert int(memory) < 2048
