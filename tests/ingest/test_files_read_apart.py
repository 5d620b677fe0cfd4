"""A damaged file of a statistical package ends its reader's process, not ours."""

import base64
import subprocess
import sys
import zlib

import pandas as pd
import pyreadstat
import pytest

import valuestats as vs
from valuestats.base.errors import InputError
from valuestats.ingest.surveys import apart

ENDS_ITS_READER = (
    "c-m8O^D%PJP}Wok4hRlbaB&QARB-e3aaGV&$S5f(D7MnqPtPpLC{5B!&d=2k&#X!;O7Trh)(=WeObISYEKy)$U|?WoKmdL?E7HN("
    "K*2A+Ou@*^(9Fuz#LCb@fkFT@m5BirFmbSgaiAeY3A%e2m>I!1&<G)qO@Fwnr@Kdpf&w#&{tx!dm8r#0t3kklDKB3E!B=wNO3BYt"
    "FHy+O%P$9uvj9aI!T2!)JJc+Y7zYrGAldsL2pFMiL2i2amjSFErj{A1=Kufq|DkmKKPaCaY8FT@D-ef<xanGe1i7IGa6&ENfGUEq"
    "8PLQ*dU&C1Ngxh1v@JB`3^cMWG~$E=h;4alW_m^mNTC2!BNLLLu-JZ%667E3p@9Ysr3dz~(1Qk^0!$q&6p<nr2!7a)nuFgQ09PA`"
    ")c"
)
"""An SPSS file of 950 bytes, damaged by the fuzzer (seed 7), at whose head the library reads memory that isn't there."""


@pytest.fixture
def sav(tmp_path):
    path = tmp_path / "wave.sav"
    frame = pd.DataFrame({"q": [1.0, 2.0, None] * 5, "s": ["a", "", "b"] * 5})
    pyreadstat.write_sav(frame, path, column_labels={"q": "Agree?"})
    return path


def test_a_reader_that_is_ended_is_one_error_with_the_signal(sav, monkeypatch, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", encoding="utf-8")
    monkeypatch.setattr(apart, "PROGRAM", program)
    with pytest.raises(InputError, match=r"the SPSS file can't be read[\s\S]*SIGSEGV") as caught:
        vs.read_survey(sav)
    assert caught.value.file == str(sav)


def test_the_file_that_ended_its_reader_is_one_error_and_we_live(tmp_path):
    path = tmp_path / "damaged.sav"
    path.write_bytes(zlib.decompress(base64.b85decode(ENDS_ITS_READER)))
    program = (
        "import sys, valuestats as vs\n"
        "try:\n    vs.read_survey(sys.argv[1])\n"
        "except vs.ValuestatsError as error:\n    print(error.message, '|', error.got)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.startswith(
        "the SPSS file can't be read | the library that reads it was ended by the file"
    )
