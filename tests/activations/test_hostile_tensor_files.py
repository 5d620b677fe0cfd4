"""Tensor files that are damaged, hostile or too large: refused as their libraries do, or read in little memory."""

import io
import json
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import safetensors.numpy

from valuestats import read_tensors
from valuestats.activations.gguf import open_gguf
from valuestats.activations.read import PICKLES
from valuestats.base.errors import InputError


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
