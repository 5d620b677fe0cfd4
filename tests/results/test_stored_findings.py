"""What reading found is kept with the responses that a study stores."""

import pandas as pd

from valuestats.ingest import read_responses
from valuestats.results.storage import read_artifact, write_artifact


def test_findings_of_responses_come_back_as_they_were(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("model,item,answer\nm,1,4\nm,2,99\nm,,3\n")
    read = read_responses(file, scale="pvq21")
    assert read.findings["row"].tolist() == [1, 2]
    for name, product in (("some", read), ("none", read_responses(file, missing=("", "99"), constants={}))):
        folder = tmp_path / name
        folder.mkdir()
        write_artifact(product, folder)
        back = read_artifact(folder)
        pd.testing.assert_frame_equal(back.findings, product.findings, check_dtype=False)
        assert len(back) == len(product)
