"""Tables say what the results say."""

from __future__ import annotations

from dataclasses import replace

from slash_dataset.benchmark import report


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_published_and_measured_stand_side_by_side(results):
    lines = report.markdown_table(results.table).splitlines()
    assert cells(lines[3]) == [
        "KNN, k=1",
        "675,000",
        "675,000",
        "1",
        "1",
        "0.908",
        "0.908",
        "exact",
    ]
    assert len(lines) == 4  # the contender is in another table
    assert "Random convolutions" in report.markdown_contenders(results.table)


def test_the_terminal_shows_the_same_figures_in_columns(results):
    header, *lines = report.text_table(results.table).splitlines()
    figures = ["675,000", "675,000", "1", "1", "0.908", "0.908", "exact"]
    assert lines[1].split() == ["KNN,", "k=1", *figures]
    assert lines[1].index("exact") == lines[2].index("new")
    assert header.startswith("Model")


def test_rows_with_seeds_give_the_median_and_the_worst(results):
    row = replace(results.table[2], test_accuracy=(0.9, 1.0, 0.996), seeds=(0, 1, 2))
    assert "| 0.996 (0.9) |" in report.markdown_contenders([row])


def test_the_report_has_a_section_for_each_part_that_was_measured(results):
    page = report.render_report(results)
    assert "| KNN, k=1 |" in page
    for section in ("## Contenders", "## Learning curves", "## Generalisation"):
        assert section in page
        short = replace(
            results, table=results.table[:2], learning_curves=[], generalisation=[], noise=[]
        )
        assert section not in report.render_report(short)


def test_the_readme_gets_the_tables_and_links_to_the_figures(results):
    block = report.render_readme_block(results, "docs/found")
    assert report.markdown_table(results.table) in block
    assert 'src="docs/found/published_vs_measured.png"' in block
    assert 'srcset="docs/found/learning_curves-dark.png"' in block
    short = report.render_readme_block(replace(results, learning_curves=[]), "docs/found")
    assert "learning_curves" not in short


def test_a_model_that_came_after_the_results_is_named_as_not_measured_yet(results):
    for text in (report.render_report(results), report.render_readme_block(results, "figures")):
        [line] = [line for line in text.splitlines() if line.startswith("Not measured yet: ")]
        assert "Small ViT" in line
        assert "KNN, k=1" not in line
