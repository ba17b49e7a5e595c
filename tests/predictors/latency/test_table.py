import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from predictors.latency.fit import rows_digest
from predictors.latency.table import LatencyRow, LatencyTable, Manifest, key_hash

MANIFEST = Manifest(
    origin="measured",
    device="cpu",
    space="digits",
    runtime="onnxruntime",
    runtime_version="1.31.1",
    precision="fp32",
    batch=1,
    threads=1,
    protocol={"rounds": 8},
    environment={"cores": 2},
)


RESULTS = Path(__file__).parents[3] / "results" / "latency"
MakeRow = Callable[..., LatencyRow]


@pytest.fixture(scope="session")
def make_row(row_of: MakeRow) -> MakeRow:
    """`make_row(name, **columns)`: 2 ms, whose quantiles, intervals and halves differ."""

    def make(name: str, *, p50_ms: float = 2.0, **columns: object) -> LatencyRow:
        shares = {"ci_lo": 0.99, "ci_hi": 1.01, "p10": 0.9, "p25": 0.95, "p75": 1.05, "p90": 1.1, "p99": 1.5}
        times = {f"{time}_ms": share * p50_ms for time, share in shares.items()}
        key_json = json.dumps({"name": name}, sort_keys=True, separators=(",", ":"))
        return row_of(key_json, p50_ms=p50_ms, **({"row_id": f"network-{name}", "arch_id": name} | times | columns))

    return make


@pytest.fixture
def saved(make_row: MakeRow, tmp_path: Path) -> Path:
    rows = tuple(make_row(f"net{index}", p50_ms=2.0 + index) for index in range(6))
    LatencyTable(manifest=MANIFEST, rows=rows).save(tmp_path / "table")
    return tmp_path / "table"


def edit(folder: Path, line: int, column: str, value: str, *, fix_checksum: bool = True) -> None:
    path = folder / "rows.csv"
    table = [
        text.split("|")
        for text in path.read_text().replace('"{""name"":""', "{").replace('""}"', "}").replace(",", "|").splitlines()
    ]
    table[line - 1][table[0].index(column)] = value
    text = "\n".join("|".join(cells) for cells in table) + "\n"
    text = text.replace("|", ",").replace("{", '"{""name"":""').replace("}", '""}"')
    path.write_text(text)
    if fix_checksum:
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["rows_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_saved_table_loads_the_same(saved: Path) -> None:
    table = LatencyTable.load(saved)
    table.save(saved.parent / "again")
    assert LatencyTable.load(saved.parent / "again") == table
    assert (saved.parent / "again" / "rows.csv").read_bytes() == (saved / "rows.csv").read_bytes()
    assert [row.key_hash for row in table.rows] == sorted(row.key_hash for row in table.rows)
    assert sorted(path.name for path in saved.iterdir()) == ["manifest.json", "rows.csv"]


@pytest.mark.parametrize("kind", ["network", "block", "reference"])
def test_every_kind_of_row_is_kept(make_row: MakeRow, kind: str, tmp_path: Path) -> None:
    LatencyTable(manifest=MANIFEST, rows=(make_row("a", kind=kind),)).save(tmp_path)
    assert LatencyTable.load(tmp_path).rows[0].kind == kind


@pytest.mark.parametrize("name", ["cpu-digits", "cpu-efficientvit"])
def test_committed_tables_keep_their_bytes(name: str, tmp_path: Path) -> None:
    LatencyTable.load(RESULTS / name).save(tmp_path)
    assert (tmp_path / "rows.csv").read_bytes() == (RESULTS / name / "rows.csv").read_bytes()


def test_a_committed_predictor_knows_the_digest_of_its_rows() -> None:
    saved = json.loads((RESULTS / "cpu-digits-predictor.json").read_text())
    assert rows_digest(LatencyTable.load(RESULTS / "cpu-digits")) == saved["rows_digest"]


def test_unknown_columns_survive(make_row: MakeRow, tmp_path: Path) -> None:
    rows = (make_row("a", energy_mj="12.5"), make_row("b"))
    LatencyTable(manifest=MANIFEST, rows=rows).save(tmp_path)
    LatencyTable.load(tmp_path).save(tmp_path)
    found = {row.arch_id: (row.model_extra or {}).get("energy_mj") for row in LatencyTable.load(tmp_path).rows}
    assert found == {"a": "12.5", "b": None}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("p50_ms", "abc", "'abc' is not a number"),
        ("p50_ms", "-1", "'-1' is not above 0; leave a missing value empty"),
        ("p50_ms", "nan", "'nan' is not a finite number"),
        ("p50_ms", "inf", "'inf' is not a finite number"),
        ("p50_ms", "", "is missing or empty"),
        ("n_rounds", "2.5", "'2.5' is not a whole number"),
        ("macs", "-1", "'-1' is below 0; leave a missing value empty"),
        ("split", "train", "Input should be"),
        ("threads", "2", "2 differs from the manifest's 1"),
    ],
)
def test_a_broken_cell_is_named(saved: Path, column: str, value: str, message: str) -> None:
    edit(saved, 4, column, value)
    with pytest.raises(ValueError, match=r"rows\.csv row 4, column") as caught:
        LatencyTable.load(saved)
    assert f"column {column}: {message}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("p10_ms", "0.0001", "mixed units"),
        ("p90_ms", "0.5", "must ascend"),
        ("ci_lo_ms", "900", "between ci_lo_ms and ci_hi_ms"),
        ("key_hash", "0" * 16, "key_hash is not the digest"),
    ],
)
def test_a_contradictory_row_is_named(saved: Path, column: str, value: str, message: str) -> None:
    edit(saved, 3, column, value)
    with pytest.raises(ValueError, match=r"rows\.csv row 3: ") as caught:
        LatencyTable.load(saved)
    assert message in str(caught.value)


def test_a_point_outside_its_quantiles_is_refused(make_row: MakeRow) -> None:
    with pytest.raises(ValueError, match="p50_ms must lie between p10_ms and p90_ms"):
        make_row("a", p50_ms=2.0, p10_ms=2.05, p25_ms=2.06, p75_ms=2.07, p90_ms=2.08, p99_ms=2.09)


def test_a_key_must_be_canonical_json(make_row: MakeRow) -> None:
    key_json = '{"b": 1, "a": 2}'
    with pytest.raises(ValueError, match="sorted keys and no spaces"):
        make_row("a", key_json=key_json, key_hash=key_hash(key_json))


def test_a_network_in_microseconds_is_found(make_row: MakeRow) -> None:
    rows = [make_row(f"net{index}") for index in range(5)] + [make_row("odd", p50_ms=2000.0)]
    with pytest.raises(ValueError, match=r"row 'network-odd', column p50_ms: .* 1e\+03 times"):
        LatencyTable(manifest=MANIFEST, rows=tuple(rows))


def test_duplicates_are_refused(make_row: MakeRow, saved: Path) -> None:
    with pytest.raises(ValueError, match="is there twice"):
        LatencyTable(manifest=MANIFEST, rows=(make_row("a"), make_row("a")))
    with pytest.raises(ValueError, match="column row_id: 'same' is there twice"):
        LatencyTable(manifest=MANIFEST, rows=(make_row("a", row_id="same"), make_row("b", row_id="same")))
    lines = (saved / "rows.csv").read_text().splitlines()
    (saved / "rows.csv").write_text("\n".join([*lines, lines[1]]) + "\n")
    manifest = json.loads((saved / "manifest.json").read_text())
    manifest["rows_sha256"] = hashlib.sha256((saved / "rows.csv").read_bytes()).hexdigest()
    (saved / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"rows\.csv row 8: the network .* is there twice"):
        LatencyTable.load(saved)


def test_a_changed_file_is_named(saved: Path) -> None:
    edit(saved, 2, "quality", "noisy", fix_checksum=False)
    with pytest.raises(ValueError, match=r"rows\.csv was changed after it was written"):
        LatencyTable.load(saved)


def test_a_short_line_is_named(saved: Path) -> None:
    (saved / "rows.csv").write_text((saved / "rows.csv").read_text() + "network,block\n")
    with pytest.raises(ValueError, match=r"rows\.csv row 8: \d+ columns expected"):
        LatencyTable.load(saved)


@pytest.mark.parametrize("name", ["manifest.json", "rows.csv"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(ValueError, match=name):
        LatencyTable.load(saved)


def test_a_broken_manifest_is_named(saved: Path) -> None:
    (saved / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match=r"manifest\.json is not JSON"):
        LatencyTable.load(saved)
    (saved / "manifest.json").write_text('{"schema_version":"latency-table/2"}')
    with pytest.raises(ValueError, match=r"manifest\.json, column schema_version"):
        LatencyTable.load(saved)


def test_noise_floor_is_half_the_disagreement_of_the_halves(make_row: MakeRow) -> None:
    rows = (
        make_row("a", half_a_ms=2.2, half_b_ms=2.0),
        make_row("b", half_a_ms=1.9, half_b_ms=2.0),
        make_row("c", kind="block", half_a_ms=4.0, half_b_ms=2.0),
    )
    assert LatencyTable(manifest=MANIFEST, rows=rows).noise_floor() == pytest.approx((0.10 + 0.05) / 2 / 2)


def test_frame_has_one_line_per_row(saved: Path) -> None:
    table = LatencyTable.load(saved)
    frame = table.frame()
    assert frame["p50_ms"].tolist() == [row.p50_ms for row in table.rows]
    assert str(frame["p50_ms"].dtype) == "float64"


def test_the_table_needs_neither_torch_nor_nas() -> None:
    code = "import sys, predictors.latency.table; assert not {'torch', 'nas', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
