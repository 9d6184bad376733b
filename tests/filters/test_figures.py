"""A figure that a cell has drawn is there for light pages and for dark ones; other pictures are as they were."""

FIGURE = '![What is drawn.](one_files/fig-one.svg){#fig-one fig-alt="What is seen."}\n'


def test_a_page_has_it_twice_in_one_figure(run):
    text = run("figures.lua", FIGURE, "html")
    assert text.count("<figure") == text.count("<figcaption") == text.count('id="fig-one"') == 1
    assert '<img src="one_files/fig-one.svg" class="light-only"' in text
    assert '<img src="one_files/fig-one.svg#dark" class="dark-only"' in text


def test_both_are_described(run):
    words = run("figures.lua", '![](one_files/fig-one.svg){alt="What is seen."}\n', "html")
    assert words.count('alt="What is seen."') == 2


def test_a_picture_of_another_make_stays(run):
    for source in ("assets/photo.svg", "one_files/photo.png", "https://example.org/one.svg"):
        assert run("figures.lua", f"![]({source})", "html").count("<img") == 1


def test_paper_has_it_once(run):
    assert run("figures.lua", FIGURE, "typst").count("image(") == 1


def test_a_figure_that_is_there_tells_its_size(run, tmp_path):
    file = tmp_path / "one_files/fig-one.svg"
    file.parent.mkdir()
    file.write_text('<svg xmlns:xlink="x" width="403.2pt" height="252pt" viewBox="0 0 403.2 252"></svg>')
    assert run("figures.lua", f"![]({file})\n", "html").count('width="538" height="336"') == 2
    assert 'width="538"' not in run("figures.lua", f"![]({file}){{width=50%}}\n", "html")
    assert "width" not in run("figures.lua", FIGURE, "html")
